package budget

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/weftql/weft/internal/ratelimit"
)

// Mode says how budgets are used.
type Mode string

// The modes.
const (
	Off     Mode = "off"     // nothing is counted
	Measure Mode = "measure" // costs are counted and shown, nothing is refused
	Enforce Mode = "enforce" // operations over budget are refused
)

// Roles of callers, as policies name them.
const (
	Anonymous     = "anonymous"
	User          = "user"
	Moderator     = "moderator"
	Administrator = "administrator"
)

// Policy is what callers of one role may spend.
type Policy struct {
	// Capacity is how many points a caller may spend at once, and Rate how many
	// come back in a second.
	Capacity int64 `yaml:"capacity"`
	Rate     int64 `yaml:"rate"`
	// Operation is the most that one operation may cost.
	Operation int64 `yaml:"operation"`

	account ratelimit.Policy
	header  string // RateLimit-Policy
}

// Client is what callers may spend through one client, such as a nightly
// report. The client gives its own name, so it can only get less than its
// caller has, and it has no account of its own.
type Client struct {
	// Operation is the most that one operation may cost; 0 means as for the
	// role.
	Operation int64 `yaml:"operation"`
	// Leave is how many points of the caller's budget the client may not touch.
	Leave int64 `yaml:"leave"`
}

// Policies is the content of a policy file, with defaults for what it leaves
// out.
type Policies struct {
	Mode      Mode                `yaml:"mode"` // empty: the one in the server's configuration
	Algorithm ratelimit.Algorithm `yaml:"algorithm"`
	Roles     map[string]Policy   `yaml:"roles"`
	Clients   map[string]Client   `yaml:"clients"`
}

// DefaultOperation is the most that one operation may cost by default.
const DefaultOperation = 10_000

// Defaults are the budgets if there is no file.
func Defaults() *Policies {
	p := &Policies{}
	if err := p.complete(); err != nil {
		panic(err) // a test would have found it
	}
	return p
}

func defaultRoles() map[string]Policy {
	user := Policy{Capacity: 20_000, Rate: 1_000, Operation: DefaultOperation}
	return map[string]Policy{
		Anonymous: {Capacity: 10_000, Rate: 500, Operation: DefaultOperation},
		User:      user, Moderator: user, Administrator: user,
	}
}

// Parse reads a policy file (YAML). The error says what is wrong with it, and
// where.
func Parse(text []byte) (*Policies, error) {
	p := &Policies{}
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := decoder.Decode(p); err != nil && len(bytes.TrimSpace(text)) > 0 {
		return nil, fmt.Errorf("read budgets: %s", yaml.FormatError(err, false, false))
	}
	if err := p.complete(); err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	return p, nil
}

// complete adds the defaults and refuses values that make no sense.
func (p *Policies) complete() error {
	var faults []error
	switch p.Mode {
	case "", Off, Measure, Enforce:
	default:
		faults = append(faults, fmt.Errorf("mode: want off, measure or enforce, not %q", p.Mode))
	}
	if p.Algorithm == "" {
		p.Algorithm = ratelimit.TokenBucket
	}
	roles := defaultRoles()
	for _, role := range slices.Sorted(maps.Keys(p.Roles)) {
		whole, known := roles[role]
		if !known {
			faults = append(faults, fmt.Errorf("roles: there is no role %q: want %s, %s, %s or %s", role, Anonymous, User, Moderator, Administrator))
			continue
		}
		given := p.Roles[role]
		for from, to := range map[*int64]*int64{&given.Capacity: &whole.Capacity, &given.Rate: &whole.Rate, &given.Operation: &whole.Operation} {
			if *from != 0 {
				*to = *from
			}
		}
		roles[role] = whole
	}
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		whole := roles[role]
		whole.account = ratelimit.Policy{Algorithm: p.Algorithm, Capacity: whole.Capacity, Rate: whole.Rate}
		if err := whole.account.Validate(); err != nil {
			faults = append(faults, fmt.Errorf("roles.%s: %w", role, err))
			continue
		}
		if whole.Operation < 1 {
			faults = append(faults, fmt.Errorf("roles.%s.operation: want 1 point or more, not %d", role, whole.Operation))
		}
		whole.header = fmt.Sprintf(`"points";q=%d;w=%d`, whole.Capacity, max(int64(whole.account.Window().Seconds()+0.5), 1))
		roles[role] = whole
	}
	p.Roles = roles
	for _, name := range slices.Sorted(maps.Keys(p.Clients)) {
		if c := p.Clients[name]; c.Operation < 0 || c.Leave < 0 {
			faults = append(faults, fmt.Errorf("clients.%s: operation and leave are not negative", name))
		}
	}
	return errors.Join(faults...)
}

// of is the policy of a role; an unknown role is anonymous.
func (p *Policies) of(role string) Policy {
	if known, ok := p.Roles[role]; ok {
		return known
	}
	return p.Roles[Anonymous]
}
