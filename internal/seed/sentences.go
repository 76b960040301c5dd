package seed

// Patterns of sentences. {t} is a thing of the topic, {v} {g} {p} a verb as
// base, gerund and past, {a} an adjective, {w} a time, {l} a place, {n} a number.

var titles = []string{
	"How do you {v} {t} without {g} {t}?", "What I learned from {g} {t} {w}", "Is it worth {g} {t}?", "Why does {t} get so {a}?",
	"{n} ways to {v} {t}", "After {n} years of {g} {t}", "When should I {v} {t}?", "A {a} way to {v} {t}", "Has anyone {p} {t} {w}?", "In praise of {t}",
	"{t} and {t}: which one first?", "We {p} {t} and nobody noticed", "Stop {g} {t}", "How long can {t} last?", "Notes on {g} {t}",
	"The case against {g} {t}", "What is the difference between {t} and {t}?", "Can {t} replace {t}?", "A beginner's guide to {t}",
	"How {a} should {t} be?", "{g} {t} on a small budget",
}

var statements = []string{
	"We {p} {t} {w}, and the result was {a}.", "Most people {v} {t} before they think of {t}.", "I have been {g} {t} for {n} weeks.",
	"It turns out that {t} is more {a} than {t}.", "After {n} attempts, {g} {t} became routine.", "Nobody had {p} {t} for {n} years.",
	"If you {v} {t} first, {t} will look after itself.", "The usual advice is to {v} {t} and to leave {t} alone.",
	"There is a {a} trade-off between {t} and {t}.", "A friend {l} {p} {t} {w}.", "What surprised me was {t}.",
	"I measured {t} {n} times, and {t} made no difference.", "My first guess was {t}, which was wrong.",
	"Before {g} {t}, write down what you expect.", "Since then {t} has been {a}.", "It is easy to {v} {t} when {t} is {a}.",
	"You can {v} {t} in {n} minutes.", "The old way of {g} {t} was {a}, but it worked.", "None of this matters unless {t} fails.",
	"In a workshop {l} they {p} {t} {w}.", "Everybody agrees on {t}; nobody agrees on {t}.", "I would rather {v} {t} than explain {t} again.",
}

var questions = []string{
	"How would you {v} {t}?", "Is there a {a} reason not to {v} {t}?", "Has anybody {p} {t} together with {t}?",
	"Does {g} {t} change anything for {t}?", "What am I missing about {t}?", "Would {n} be too many?",
}

var answers = []string{
	"Short version: {v} {t} first, then {t}.", "I had the same trouble {w}; {g} {t} helped.", "It depends on {t}.",
	"Do not {v} {t} yet.", "You are right about {t}, but {t} is another matter.", "Yes, as long as {t} stays {a}.",
}

var remarks = []string{
	"I {p} {t} {w}, and it still works.", "Have you tried {g} {t}?", "This is the most {a} explanation of {t} I have seen.",
	"Thanks, {g} {t} did it.", "What about {t}?", "I disagree: {t} is not {a} at all.", "Could you say more about {t}?",
	"Same here, {w}.", "Careful, {g} {t} can make {t} {a}.", "It took me {n} tries, but yes.", "Please add how you {p} {t}.",
	"Good point about {t}.", "I would {v} {t} first.", "Nobody I know would {v} {t} like that.", "Bookmarked. {t} has bothered me for {n} months.",
	"Is that still true for {t}?", "Works for me {l}.", "The part about {t} is wrong, the rest is fine.",
}

var headings = []string{"What happened", "What to try", "In numbers", "Why it matters", "Open questions", "How we got here"}
