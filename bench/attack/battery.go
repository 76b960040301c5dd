//go:build linux

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// repeat writes a text so many times, with the number in place of "#".
func repeat(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", strconv.Itoa(i)))
	}
	return b.String()
}

// battery is what was found to be dear once, and its relatives. It first
// writes what an attacker with an account leaves in the database.
func (t *target) battery(ctx context.Context) ([]request, error) {
	token, err := t.signUp(ctx, "mallory")
	if err != nil {
		return nil, err
	}
	if err := t.nastyPosts(ctx, token); err != nil {
		return nil, err
	}
	empty := make([]string, 16_000)
	many := make([]string, 5_000)
	for i := range many {
		many[i] = fmt.Sprintf("tag%d", i)
	}
	return []request{
		{name: "empty tags of 100 users, 20 times", variables: map[string]any{"t": empty}, query: `query ($t: [String!]) { users(first: 100) { nodes {` +
			repeat(20, ` a#: posts(first: 0, filter: {tags: $t}) { totalCount }`) + ` } } }`},
		{name: "ten faulty tags of 100 users, 20 times", variables: map[string]any{"t": make([]string, 10)}, query: `query ($t: [String!]) { users(first: 100) { nodes {` +
			repeat(20, ` a#: posts(first: 0, filter: {tags: $t}) { totalCount }`) + ` } } }`},
		{name: "thousands of tags", variables: map[string]any{"t": many}, query: `query ($t: [String!]) {` +
			repeat(20, ` a#: posts(filter: {tags: $t}) { totalCount }`) + ` }`},
		{name: "faulty ids", variables: map[string]any{"t": empty}, query: `query ($t: [ID!]!) {` + repeat(19, ` a#: nodes(ids: $t) { id }`) + ` }`},
		{name: "wrong variables", variables: map[string]any{"t": make([]any, 12_000)}, query: `query ($t: [String!]) { posts(filter: {tags: $t}) { totalCount } }`},
		{name: "nasty Markdown, 29 aliases", query: `{ user(username: "mallory") { posts(first: 100) { nodes {` + repeat(29, ` a#: bodyHtml`) + ` } } } }`},
		{name: "nasty Markdown, excerpts", query: `{ user(username: "mallory") { posts(first: 100) { nodes {` + repeat(29, ` a#: excerpt`) + ` } } } }`},
		{name: "an author's posts' authors' posts", query: `{ user(username: "mallory") { posts(first: 100) { nodes { author { posts(first: 100) { nodes {` +
			repeat(8, ` a#: bodyHtml`) + ` } } } } } } }`},
		{name: "the same of ordinary posts", query: `{ posts(first: 100) { nodes { author { posts(first: 100) { nodes {` + repeat(8, ` a#: bodyHtml`) + ` } } } } } }`},
		{name: "bodies of lists in lists", query: `{ users(first: 100) { nodes { posts(first: 100) { nodes {` + repeat(20, ` a#: body`) + ` } } } } }`},
		{name: "20 searches for common words", query: `{` + repeat(20, ` a#: search(query: "first OR slow", first: 100) { totalCount nodes { __typename } }`) + ` }`},
		{name: "20 searches for one word", query: `{` + repeat(20, ` a#: search(query: "`+words()[0]+`", first: 100) { totalCount nodes { ... on Post { title body } } }`) + ` }`},
		{name: "20 counts by tags, by score", query: `{` + repeat(20, ` a#: posts(first: 100, filter: {tags: ["databases"]}, orderBy: {field: SCORE, direction: DESC}) { totalCount nodes { id } }`) + ` }`},
		{name: "counts in lists", query: `{ users(first: 100) { nodes {` + repeat(20, ` a#: posts(first: 0, filter: {includeReplies: true}) { totalCount } b#: comments(first: 0) { totalCount }`)[:1_200] + ` } } }`},
		{name: "five levels of lists", query: `{ users(first: 100) { nodes { posts(first: 100) { nodes { comments(first: 100) { nodes { author { posts(first: 100) { nodes { id } } } } } } } } } }`},
		{name: "500 nested fragments", query: `{ posts(first: 1) { nodes {` + strings.Repeat(` ... on Post {`, 500) + ` id` + strings.Repeat(` }`, 500) + ` } } }`},
		{name: "introspection, deep", query: `{ __schema { types {` + repeat(20, ` a#: fields { name args { name type { name ofType { name } } } type { name ofType { name ofType { name } } } }`) + ` } } }`},
		{name: "5,000 tokens", query: `{` + strings.Repeat(` posts { nodes { id } }`, 700) + ` }`},
		{name: "64 kB of one name", query: `{ ` + strings.Repeat("x", 64_000) + ` }`},
		{name: "64 kB of unknown fields", query: `{` + repeat(4_000, ` unknown#`) + ` }`},
		{name: "64 kB of brackets", query: strings.Repeat("{a", 32_000)},
	}, nil
}

// nastyPosts writes 100 posts whose bodies are dear to render. A body that is
// refused is an answer too.
func (t *target) nastyPosts(ctx context.Context, token string) error {
	bodies := []string{
		strings.Repeat("["+strings.Repeat("[", 999)+strings.Repeat("]", 1000)+"\n\n", 19),
		strings.Repeat("*a **b ", 5_000),
		strings.Repeat("> ", 10_000) + "x",
		strings.Repeat("- ", 10_000) + "x",
		strings.Repeat("[a](", 10_000),
		strings.Repeat("`", 19_000) + "x" + strings.Repeat("`", 18_000),
		strings.Repeat("![", 15_000),
		strings.Repeat("<a ", 12_000),
		strings.Repeat("|a", 500) + "\n" + strings.Repeat("|-", 500) + "\n" + strings.Repeat("|a|\n", 9_000),
		repeat(4_000, "[#]: /#\n"),
	}
	for i := range 100 {
		a, err := t.send(ctx, request{
			token: token, query: `mutation ($i: CreatePostInput!) { createPost(input: $i) { post { id } } }`,
			variables: map[string]any{"i": map[string]any{"title": fmt.Sprintf("Post %d", i), "body": bodies[i%len(bodies)], "publish": true}},
		})
		if err != nil {
			return err
		}
		if !a.data() && !strings.Contains(string(a.body), "BAD_USER_INPUT") {
			return fmt.Errorf("write post: status %d: %.300s", a.status, a.body)
		}
	}
	return nil
}
