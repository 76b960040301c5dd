package feed

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/weftql/weft/internal/position"
)

// publication has no tables: every publication carries messages.
const publication = "weft"

// slot is a connection that reads the log, as in the chapter "Streaming
// Replication Protocol" of PostgreSQL's manual. The server drops the slot when
// the connection ends, so that the slot does not make it keep its log.
type slot struct {
	conn *pgconn.PgConn
	at   position.Position // where reading starts
}

// errStandby means that the server is a standby, from which no feed reads.
var errStandby = errors.New("it is a standby")

// openSlot connects and starts to read. The server first waits for all
// transactions that have written something, however long they take.
func openSlot(ctx context.Context, config *pgconn.Config) (_ *slot, err error) {
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeConn(conn))
		}
	}()
	row, err := ask(ctx, conn, "SELECT pg_is_in_recovery()")
	if err != nil {
		return nil, err
	}
	if row[0] != "f" {
		return nil, errStandby
	}
	// system id, timeline, flushed, database
	row, err = ask(ctx, conn, "IDENTIFY_SYSTEM")
	if err != nil {
		return nil, err
	}
	timeline, err := strconv.ParseUint(row[1], 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	if err := publish(ctx, conn); err != nil {
		return nil, fmt.Errorf("create publication: %w", err)
	}
	name := "weft_" + strings.ToLower(rand.Text())
	// name, where it begins, snapshot, plugin
	row, err = ask(ctx, conn, "CREATE_REPLICATION_SLOT "+name+" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT")
	if err != nil {
		return nil, err
	}
	s := &slot{conn: conn, at: position.Position{Timeline: uint32(timeline)}}
	if s.at.LSN, err = position.ParseLSN(row[1]); err != nil {
		return nil, err
	}
	return s, s.start(ctx, name)
}

// publish creates the publication, unless it exists. Two instances may try at
// once.
func publish(ctx context.Context, conn *pgconn.PgConn) error {
	row, err := ask(ctx, conn, "SELECT 1 FROM pg_publication WHERE pubname = '"+publication+"'")
	if err != nil || row != nil {
		return err
	}
	_, err = ask(ctx, conn, "CREATE PUBLICATION "+publication)
	if code := codeOf(err); code == "42710" || code == "23505" {
		return nil
	}
	return err
}

// start makes the server send.
func (s *slot) start(ctx context.Context, name string) error {
	s.conn.Frontend().SendQuery(&pgproto3.Query{String: "START_REPLICATION SLOT " + name + " LOGICAL " + s.at.LSNText() +
		` ("proto_version" '2', "streaming" 'on', "messages" 'on', "publication_names" '` + publication + `')`})
	if err := s.conn.Frontend().Flush(); err != nil {
		return err
	}
	for {
		m, err := s.conn.ReceiveMessage(ctx)
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.CopyBothResponse:
			return nil
		case *pgproto3.ErrorResponse:
			return pgconn.ErrorResponseToPgError(m)
		}
	}
}

// The first bytes of the messages in the stream.
const (
	logData      = 'w'
	keepalive    = 'k'
	statusUpdate = 'r'
)

// received is what the server sent: a piece of the log, or its position.
type received struct {
	data  []byte // nil for a keepalive; valid until the next receive
	end   uint64 // of a keepalive
	reply bool   // the server wants an answer
}

// errEnded means that the server is stopping.
var errEnded = errors.New("the server ended the stream")

// receive waits for the next piece, or until ctx ends.
func (s *slot) receive(ctx context.Context) (received, error) {
	for {
		m, err := s.conn.ReceiveMessage(ctx)
		if err != nil {
			return received{}, err
		}
		switch m := m.(type) {
		case *pgproto3.CopyData:
			return unwrap(m.Data)
		case *pgproto3.ErrorResponse:
			return received{}, pgconn.ErrorResponseToPgError(m)
		case *pgproto3.CopyDone, *pgproto3.CommandComplete:
			return received{}, errEnded
		}
	}
}

func unwrap(b []byte) (received, error) {
	c := cursor{b: b}
	switch kind := c.byte(); kind {
	case logData:
		c.skip(8 + 8 + 8) // where it begins and ends in the log, and when it was sent
		if c.short {
			return received{}, errShort
		}
		return received{data: c.b}, nil
	case keepalive:
		r := received{end: c.uint64()}
		c.skip(8)
		r.reply = c.byte() == 1
		if c.short {
			return received{}, errShort
		}
		return r, nil
	default:
		return received{}, fmt.Errorf("the log has a message of the unknown kind %q", kind)
	}
}

// report tells the server how far the feed has read. With ask the server
// answers with its position.
func (s *slot) report(at uint64, ask bool) error {
	b := make([]byte, 1, 1+3*8+8+1)
	b[0] = statusUpdate
	for range 3 { // written, flushed, applied
		b = binary.BigEndian.AppendUint64(b, at)
	}
	sinceY2K := time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).Microseconds()
	b = binary.BigEndian.AppendUint64(b, uint64(sinceY2K))
	wants := byte(0)
	if ask {
		wants = 1
	}
	b = append(b, wants)
	s.conn.Frontend().Send(&pgproto3.CopyData{Data: b})
	return s.conn.Frontend().Flush()
}

func (s *slot) close() error { return closeConn(s.conn) }

// closeTimeout bounds how long closing the connection may take.
const closeTimeout = time.Second

func closeConn(conn *pgconn.PgConn) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return conn.Close(ctx)
}

// ask sends a command and returns its first row as text, or nil.
func ask(ctx context.Context, conn *pgconn.PgConn, command string) ([]string, error) {
	results, err := conn.Exec(ctx, command).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Rows) == 0 {
		return nil, nil
	}
	var row []string
	for _, v := range results[0].Rows[0] {
		row = append(row, string(v))
	}
	return row, nil
}

// codeOf is the SQLSTATE of an error; "" for others.
func codeOf(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}
