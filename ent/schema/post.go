package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/entity"
)

// Post is an article or question, or, with a parent, a reply to one.
type Post struct{ ent.Schema }

// Annotations of the entity.
func (Post) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entity.List("query.PostList"),
		entity.Announced(),
		entity.Counter("score"),
		entity.Node(
			entity.Field("viewerVote"),
			entity.Field("bodyHtml", "body_html", "html_version"),
			entity.Field("viewerCanUpdate", "author_id"),
			entity.Field("viewerCanDelete", "author_id"),
		),
	}
}

// Mixin of the entity.
func (Post) Mixin() []ent.Mixin { return []ent.Mixin{Times{}} }

// Fields of the entity.
func (Post) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", typeid.Post{}).Default(typeid.NewPost).Immutable(),
		field.String("title").Optional().Nillable().Comment("NULL for a reply"),
		field.Text("body").Comment("the source, in body_format"),
		field.Enum("body_format").Values("MARKDOWN", "HTML").Default("MARKDOWN"),
		field.String("excerpt").Default("").Comment("first 200 characters of the body as plain text, kept at each write"),
		field.Text("body_html").Default("").Comment("the body as safe HTML, kept at each write"),
		field.Int("html_version").Default(0).Comment("which renderer made body_html; what another made is rendered again when it is read"),
		field.Enum("status").Values("DRAFT", "PUBLISHED", "ARCHIVED").Default("DRAFT"),
		field.Time("published_at").Optional().Nillable().Comment("NULL until first published"),
		field.Int("score").Default(0).Comment("score_base and the values of all votes"),
		field.Int("score_base").Default(0).Comment("what an import brought"),
		field.UUID("author_id", typeid.User{}),
		field.UUID("parent_id", typeid.Post{}).Optional().Nillable(),
	}
}

// Edges of the entity.
func (Post) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("author", User.Type).Ref("posts").Field("author_id").Unique().Required(),
		edge.To("replies", Post.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			From("parent").Field("parent_id").Unique(),
		edge.To("comments", Comment.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("tags", Tag.Type).Through("post_tags", PostTag.Type),
		edge.To("voters", User.Type).Through("votes", Vote.Type),
	}
}

// listed is the condition of the lists that everybody sees: published posts
// that are no replies. Statements repeat it word for word, else the planner
// does not use the partial index.
const listed = "status = 'PUBLISHED' AND parent_id IS NULL"

// Indexes of the entity; docs/indexes.md names the path of each.
func (Post) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("published_at", "id").StorageKey("posts_newest").
			Annotations(entsql.IndexWhere(listed)),
		index.Fields("published_at", "id").StorageKey("posts_published").
			Annotations(entsql.IndexWhere("status = 'PUBLISHED'")),
		// These serve every filter, so they leave no row out.
		index.Fields("created_at", "id").StorageKey("posts_created"),
		index.Fields("updated_at", "id").StorageKey("posts_updated"),
		index.Fields("score", "id").StorageKey("posts_top"),
		index.Fields("author_id", "published_at", "id").StorageKey("posts_author_newest").
			Annotations(entsql.DescColumns("published_at", "id"), entsql.IndexWhere(listed)),
		index.Fields("author_id", "status", "created_at", "id").StorageKey("posts_author_status").
			Annotations(entsql.DescColumns("created_at", "id")),
		index.Fields("status", "created_at", "id").StorageKey("posts_unpublished").
			Annotations(entsql.DescColumns("created_at", "id"), entsql.IndexWhere("status <> 'PUBLISHED'")),
		index.Fields("parent_id", "published_at", "id").StorageKey("posts_replies").
			Annotations(entsql.IndexWhere("parent_id IS NOT NULL")),
	}
}
