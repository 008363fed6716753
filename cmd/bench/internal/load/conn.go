package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// conn is one keep-alive connection.
type conn struct {
	net  net.Conn
	read *bufio.Reader
	body []byte
}

func newConn(c net.Conn) *conn { return &conn{net: c, read: bufio.NewReaderSize(c, 16<<10)} }

// dialAll opens n connections to addr.
func dialAll(ctx context.Context, addr string, n int) ([]*conn, error) {
	conns := make([]*conn, 0, n)
	for range n {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			for _, open := range conns {
				open.close()
			}
			return nil, err
		}
		conns = append(conns, newConn(c))
	}
	return conns, nil
}

func (c *conn) close() { _ = c.net.Close() } // nothing is lost with it

func (c *conn) setDeadline(t time.Time) error { return c.net.SetDeadline(t) }

// do sends request and reads the answer. The body is valid until the next call.
func (c *conn) do(request []byte) (status int, body []byte, err error) {
	if _, err := c.net.Write(request); err != nil {
		return 0, nil, err
	}
	return c.answer()
}

// answer reads one HTTP/1.1 answer.
func (c *conn) answer() (status int, body []byte, err error) {
	line, err := c.line()
	if err != nil {
		return 0, nil, err
	}
	if status, err = statusOf(line); err != nil {
		return 0, nil, err
	}
	length := -1
	for {
		if line, err = c.line(); err != nil {
			return 0, nil, err
		}
		if len(line) == 0 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, nil, err
			}
		}
	}
	if length < 0 {
		return 0, nil, errors.New("answer without Content-Length")
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.read, c.body)
	return status, c.body, err
}

// line reads one line without its end, valid until the next read.
func (c *conn) line() ([]byte, error) {
	line, err := c.read.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// statusOf reads the status out of a line like "HTTP/1.1 201 Created".
func statusOf(line []byte) (int, error) {
	rest, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !ok || len(rest) < 3 {
		return 0, fmt.Errorf("not an HTTP/1.1 answer: %.80q", line)
	}
	return strconv.Atoi(string(rest[:3]))
}
