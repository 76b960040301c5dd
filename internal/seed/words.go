package seed

// topic is a field that people write about.
type topic struct {
	tags   [6]string
	things []string // with their article
	verbs  []verb
	code   []string // of a language, for what stands in a code block; empty for none
	syntax string
}

// verb has the forms that sentences need.
type verb struct{ base, gerund, past string }

// topics, the most popular first.
var topics = []topic{
	{
		[6]string{"databases", "postgresql", "indexes", "sqlite", "backups", "migrations"},
		[]string{"the query planner", "a composite index", "the nightly backup", "our largest table", "the connection pool", "a slow join", "the migration", "the replica", "a long transaction", "the write-ahead log"},
		[]verb{{"tune", "tuning", "tuned"}, {"rebuild", "rebuilding", "rebuilt"}, {"measure", "measuring", "measured"}, {"split", "splitting", "split"}, {"restore", "restoring", "restored"}, {"watch", "watching", "watched"}},
		[]string{"EXPLAIN (ANALYZE, BUFFERS)", "SELECT id, title FROM posts", "WHERE published_at < now()", "ORDER BY published_at DESC, id DESC", "LIMIT 20;", "CREATE INDEX CONCURRENTLY posts_newest ON posts (published_at);", "VACUUM (ANALYZE) posts;"}, "sql",
	},
	{
		[6]string{"go", "concurrency", "testing", "profiling", "generics", "modules"},
		[]string{"a goroutine", "the race detector", "the worker pool", "an interface with one method", "the garbage collector", "a table-driven test", "the scheduler", "a buffered channel", "the profile", "the context"},
		[]verb{{"rewrite", "rewriting", "rewrote"}, {"profile", "profiling", "profiled"}, {"test", "testing", "tested"}, {"simplify", "simplifying", "simplified"}, {"cancel", "cancelling", "cancelled"}, {"inline", "inlining", "inlined"}},
		[]string{"ctx, cancel := context.WithTimeout(ctx, time.Second)", "defer cancel()", "for i := range 10 {", "    results <- work(i)", "}", "if err != nil {", "    return fmt.Errorf(\"load user: %w\", err)", "go test -race ./..."}, "go",
	},
	{
		[6]string{"graphql", "api-design", "caching", "pagination", "http", "schemas"},
		[]string{"the schema", "a nested query", "the resolver", "a cursor", "the response cache", "a persisted query", "the mutation", "an error code", "the client", "a batch of loads"},
		[]verb{{"batch", "batching", "batched"}, {"cache", "caching", "cached"}, {"version", "versioning", "versioned"}, {"deprecate", "deprecating", "deprecated"}, {"document", "documenting", "documented"}, {"limit", "limiting", "limited"}},
		[]string{"query Newest {", "  posts(first: 10) {", "    nodes { title author { name } }", "    pageInfo { endCursor hasNextPage }", "  }", "}"}, "graphql",
	},
	{
		[6]string{"cooking", "bread", "fermentation", "spices", "knives", "soup"},
		[]string{"the sourdough starter", "a cast-iron pan", "the stock", "a jar of kimchi", "the oven", "a sharp knife", "the dough", "the lentil soup", "the spice rack", "a slow roast"},
		[]verb{{"knead", "kneading", "kneaded"}, {"season", "seasoning", "seasoned"}, {"rest", "resting", "rested"}, {"simmer", "simmering", "simmered"}, {"taste", "tasting", "tasted"}, {"chill", "chilling", "chilled"}},
		nil, "",
	},
	{
		[6]string{"operations", "monitoring", "containers", "deployment", "incidents", "logging"},
		[]string{"the deploy pipeline", "the on-call rota", "a health check", "the dashboard", "an alert at night", "the load balancer", "the staging cluster", "a memory limit", "the rollback", "the log collector"},
		[]verb{{"deploy", "deploying", "deployed"}, {"monitor", "monitoring", "monitored"}, {"drain", "draining", "drained"}, {"restart", "restarting", "restarted"}, {"scale", "scaling", "scaled"}, {"silence", "silencing", "silenced"}},
		[]string{"docker compose up -d", "curl -fsS localhost:8080/readyz", "journalctl -u weft --since today", "kill -TERM \"$pid\"", "tail -f access.log | grep 503"}, "sh",
	},
	{
		[6]string{"gardening", "compost", "vegetables", "pests", "pruning", "seeds"},
		[]string{"the compost heap", "a row of tomatoes", "the raised bed", "an old apple tree", "the rain barrel", "the greenhouse", "a hedge", "the seed tray", "the lawn", "a packet of beans"},
		[]verb{{"water", "watering", "watered"}, {"prune", "pruning", "pruned"}, {"mulch", "mulching", "mulched"}, {"sow", "sowing", "sowed"}, {"move", "moving", "moved"}, {"feed", "feeding", "fed"}},
		nil, "",
	},
	{
		[6]string{"security", "passwords", "tokens", "encryption", "auditing", "sessions"},
		[]string{"the refresh token", "a password hash", "the key rotation", "an expired certificate", "the audit log", "a second factor", "the session", "the threat model", "a leaked secret", "the sandbox"},
		[]verb{{"rotate", "rotating", "rotated"}, {"revoke", "revoking", "revoked"}, {"audit", "auditing", "audited"}, {"sign", "signing", "signed"}, {"verify", "verifying", "verified"}, {"encrypt", "encrypting", "encrypted"}},
		[]string{"openssl rand -hex 32", "ssh-keygen -t ed25519", "chmod 600 keys.json", "weft keys rotate"}, "sh",
	},
	{
		[6]string{"cycling", "touring", "gears", "brakes", "tyres", "commuting"},
		[]string{"the rear derailleur", "a worn chain", "the dynamo light", "the bottom bracket", "a pannier", "the head wind", "a long climb", "the saddle", "the inner tube", "the brake cable"},
		[]verb{{"adjust", "adjusting", "adjusted"}, {"grease", "greasing", "greased"}, {"replace", "replacing", "replaced"}, {"carry", "carrying", "carried"}, {"tighten", "tightening", "tightened"}, {"clean", "cleaning", "cleaned"}},
		nil, "",
	},
	{
		[6]string{"photography", "lenses", "film", "portraits", "editing", "exposure"},
		[]string{"a fast lens", "the light meter", "a roll of film", "the tripod", "the sensor", "a portrait at dusk", "the histogram", "the darkroom", "the shutter", "a print"},
		[]verb{{"expose", "exposing", "exposed"}, {"crop", "cropping", "cropped"}, {"focus", "focusing", "focused"}, {"develop", "developing", "developed"}, {"scan", "scanning", "scanned"}, {"frame", "framing", "framed"}},
		nil, "",
	},
	{
		[6]string{"music", "guitar", "theory", "recording", "practice", "piano"},
		[]string{"the metronome", "an open tuning", "the left hand", "a minor seventh", "the microphone", "the second movement", "a cheap guitar", "the bass line", "the mixing desk", "an old piano"},
		[]verb{{"practise", "practising", "practised"}, {"record", "recording", "recorded"}, {"transpose", "transposing", "transposed"}, {"tune", "tuning", "tuned"}, {"memorise", "memorising", "memorised"}, {"slow down", "slowing down", "slowed down"}},
		nil, "",
	},
	{
		[6]string{"woodworking", "joints", "finishing", "sharpening", "workshop", "furniture"},
		[]string{"a dovetail joint", "the workbench", "a dull chisel", "the table leg", "the oil finish", "a warped board", "the hand plane", "the glue", "a drawer", "the clamp"},
		[]verb{{"sand", "sanding", "sanded"}, {"glue", "gluing", "glued"}, {"plane", "planing", "planed"}, {"sharpen", "sharpening", "sharpened"}, {"saw", "sawing", "sawed"}, {"square", "squaring", "squared"}},
		nil, "",
	},
	{
		[6]string{"travel", "trains", "maps", "packing", "hiking", "languages"},
		[]string{"the night train", "a paper map", "the mountain hut", "a light rucksack", "the phrase book", "the border crossing", "a wet tent", "the ferry", "the ridge path", "a delayed connection"},
		[]verb{{"plan", "planning", "planned"}, {"pack", "packing", "packed"}, {"book", "booking", "booked"}, {"follow", "following", "followed"}, {"avoid", "avoiding", "avoided"}, {"cross", "crossing", "crossed"}},
		nil, "",
	},
}

var generalTags = []string{
	"beginner", "best-practices", "tools", "comparison", "history", "performance", "troubleshooting", "safety", "budget",
	"learning", "books", "maintenance", "planning", "ethics", "quality", "terminology", "community", "meta", "winter",
	"summer", "measurement", "automation", "travel-size", "second-hand", "open-source", "standards", "failure", "time",
	"storage", "repair", "documentation", "design", "statistics", "materials", "events", "careers", "children", "noise",
}

var (
	adjectives = []string{"simple", "reliable", "fragile", "expensive", "surprising", "boring", "robust", "careful", "clumsy", "honest", "predictable", "elegant", "stubborn", "awkward"}
	times      = []string{"last week", "two years ago", "in the spring", "on Monday", "one morning", "over the weekend", "during the holidays", "a month ago", "in the end", "at the second attempt"}
	places     = []string{"in a small town by the sea", "above a bakery", "in Lisbon", "at the end of a tram line", "in the north", "between two motorways", "in a shed", "on the third floor", "near the station"}
	bios       = []string{"Mostly busy with %s, %s.", "I write about %s. I live %s.", "Learning about %s %s.", "Ask me about %s. Usually found %s."}
)

var firstNames = []string{
	"Aisha", "Anna", "Ben", "Carla", "Chen", "Clara", "Daniel", "Diego", "Elena", "Emil", "Fatima", "Felix", "Grace", "Hana", "Hugo",
	"Ida", "Ines", "Ivan", "Jonas", "Julia", "Kai", "Kofi", "Lea", "Liam", "Lucia", "Maria", "Marta", "Mateo", "Mei", "Mila", "Nadia",
	"Nils", "Nora", "Olga", "Omar", "Oscar", "Paula", "Pedro", "Priya", "Ravi", "Rosa", "Ruth", "Samir", "Sara", "Sofia", "Stefan",
	"Tariq", "Tess", "Theo", "Tomas", "Uma", "Vera", "Viktor", "Wanda", "Yara", "Yusuf", "Zoe",
}

var lastNames = []string{
	"Abe", "Adler", "Ahmed", "Almeida", "Bauer", "Becker", "Berg", "Bianchi", "Blom", "Carter", "Castro", "Cohen", "Costa", "Dahl",
	"Diallo", "Dubois", "Eriksen", "Evans", "Ferrari", "Fischer", "Fuchs", "Garcia", "Gupta", "Haas", "Hansen", "Hughes", "Ito",
	"Jansen", "Kaya", "Keller", "Khan", "Kim", "Kovacs", "Lang", "Larsen", "Lopez", "Maier", "Martin", "Mensah", "Meyer", "Moreau",
	"Nakamura", "Ndiaye", "Novak", "Okafor", "Olsen", "Ortiz", "Park", "Petrov", "Popescu", "Quinn", "Rahman", "Reyes", "Rossi",
	"Santos", "Sato", "Schmidt", "Silva", "Singh", "Sokolov", "Tanaka", "Torres", "Vargas", "Virtanen", "Vogel", "Walker", "Weber",
	"Wong", "Yilmaz", "Zhang", "Zimmer",
}
