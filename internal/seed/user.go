package seed

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/bulk"
)

// wellKnown are the first users, for people who explore.
var wellKnown = []bulk.User{
	{Username: "admin", Name: "Ada Admin", Bio: "Runs the place.", Role: auth.RoleAdmin},
	{Username: "moderator", Name: "Max Moderator", Bio: "Keeps the peace.", Role: auth.RoleModerator},
	{Username: "alice", Name: "Alice Archer", Bio: "Writes more than she should.", Role: auth.RoleUser},
	{Username: "bob", Name: "Bob Baker", Bio: "Answers before breakfast.", Role: auth.RoleUser},
}

// userTime returns when user i signed up.
func (m *maker) userTime(i int) time.Time {
	if i < len(wellKnown) {
		return m.timeline.start.Add(time.Duration(i) * time.Minute)
	}
	return m.timeline.at(i, m.Users, m.stream(streamUserTime, uint64(i)))
}

func (m *maker) userID(i int) typeid.User {
	r := m.stream(streamUser, uint64(i))
	return typeid.UserFrom(r.id(m.userTime(i)))
}

// user makes user i.
func (m *maker) user(i int) bulk.User {
	created := m.userTime(i)
	r := m.stream(streamUser, uint64(i))
	u := bulk.User{ID: typeid.UserFrom(r.id(created)), Role: auth.RoleUser, CreatedAt: created, UpdatedAt: created}
	if r.chance(30) {
		u.UpdatedAt = created.Add(r.within(m.Now.Sub(created)))
	}
	if i < len(wellKnown) {
		known := wellKnown[i]
		u.Username, u.Name, u.Bio, u.Role = known.Username, known.Name, known.Bio, known.Role
		u.Email = known.Username + "@example.org"
		return u
	}
	// A number after the name keeps it unique once all pairs are used up.
	pair := (i * 7919) % (len(firstNames) * len(lastNames))
	again := i / (len(firstNames) * len(lastNames))
	first, last := firstNames[pair%len(firstNames)], lastNames[pair/len(firstNames)]
	u.Name = first + " " + last
	u.Username = strings.ToLower(first + pick(&r, []string{"-", "-", "_"}) + last)
	if again > 0 {
		u.Username += strconv.Itoa(again)
	}
	u.Email = u.Username + "@example." + pick(&r, []string{"com", "org"})
	if r.below(400) == 0 {
		u.Role = auth.RoleModerator
	}
	if r.chance(55) {
		t := &topics[r.rank(len(topics))]
		u.Bio = fmt.Sprintf(pick(&r, bios), pick(&r, t.things), pick(&r, places))
	}
	if r.chance(60) {
		u.AvatarURL = "https://avatars.example.org/" + u.Username + ".png"
	}
	return u
}

// author chooses who writes at a moment: among few most of the time, and never
// somebody who has not signed up yet.
func (m *maker) author(r *random, at time.Time) int {
	for range 8 {
		if i := m.userOfRank(r.rank(m.Users)); !m.userTime(i).After(at) {
			return i
		}
	}
	return r.below(len(wellKnown))
}

// userOfRank spreads the ranks over the users, so that not only the oldest
// write; alice and bob are the busiest.
func (m *maker) userOfRank(rank int) int {
	if rank < 2 {
		return rank + 2
	}
	return int(uint64(rank) * m.stride % uint64(m.Users))
}

// stride returns a number that visits all of n users in steps of it.
func stride(n int) uint64 {
	step := uint64(n)*618/1000 | 1
	for gcd(step, uint64(n)) != 1 {
		step += 2
	}
	return step
}

func gcd(a, b uint64) uint64 {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// within returns a part of a duration, short ones more often.
func (r *random) within(d time.Duration) time.Duration {
	seconds := int(d / time.Second)
	if seconds < 2 {
		return 0
	}
	return time.Duration(r.logarithmic(seconds)-1)*time.Second + time.Duration(r.below(1_000_000))*time.Microsecond
}
