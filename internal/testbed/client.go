//go:build linux

package testbed

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Client is one keep-alive connection. It does as little as it can, for it
// shares the processors with what it measures.
type Client struct {
	Header http.Header // of the last answer

	conn   net.Conn
	reader *bufio.Reader
	body   []byte
}

// Dial connects to a server.
func Dial(ctx context.Context, addr string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &Client{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// Close ends the connection.
func (c *Client) Close() { _ = c.conn.Close() } // nothing is under way

// Do sends a request and returns the body of the answer, which the next call
// overwrites.
func (c *Client) Do(request []byte) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, fmt.Errorf("set deadline: %w", err)
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	defer response.Body.Close()
	c.Header = response.Header
	if n := int(response.ContentLength); n > cap(c.body) {
		c.body = make([]byte, n)
	}
	if response.ContentLength < 0 {
		c.body, err = io.ReadAll(response.Body)
	} else {
		c.body = c.body[:response.ContentLength]
		_, err = io.ReadFull(response.Body, c.body)
	}
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNotModified {
		return nil, fmt.Errorf("status %s: %.300s", response.Status, c.body)
	}
	return c.body, nil
}

// Drive sends requests from so many clients at once until the time is over,
// and returns how long each took.
func Drive(ctx context.Context, addr string, requests [][]byte, clients int, duration time.Duration) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	connected := make([]*Client, clients)
	for i := range connected {
		c, err := Dial(ctx, addr)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		connected[i] = c
	}
	took := make([][]time.Duration, clients)
	deadline := time.Now().Add(duration)
	var wg sync.WaitGroup
	for i, c := range connected {
		wg.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				start := time.Now()
				if start.After(deadline) {
					return
				}
				if _, err := c.Do(requests[n%len(requests)]); err != nil {
					cancel(err)
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var all []time.Duration
	for _, t := range took {
		all = append(all, t...)
	}
	return all, nil
}
