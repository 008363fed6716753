package baseline

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/julienschmidt/httprouter"

	"github.com/checkoutd/checkoutd/cmd/bench/internal/ident"
)

// handler answers the three routes that are measured.
type handler struct {
	base           string // of hosted pages
	writer         *writer
	get, list, all *sql.Stmt
}

func newHandler(ctx context.Context, w *writer, db *sql.DB) (*handler, error) {
	h := &handler{writer: w}
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&h.get, "SELECT * FROM checkoutd_sessions WHERE id = ? AND account = 1"},
		{&h.list, "SELECT * FROM checkoutd_sessions WHERE account = 1 AND status = ? ORDER BY id DESC LIMIT ? OFFSET ?"},
		{&h.all, "SELECT * FROM checkoutd_sessions WHERE +account = 1 ORDER BY id DESC LIMIT ? OFFSET ?"}, // + keeps it on the primary key, which is in order
	} {
		var err error
		if *p.stmt, err = db.PrepareContext(ctx, p.text); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *handler) routes() http.Handler {
	r := httprouter.New()
	r.POST("/checkout-sessions", h.create)
	r.GET("/checkout-sessions", h.page)
	r.GET("/checkout-sessions/:id", h.session)
	return r
}

func (h *handler) create(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	now := time.Now()
	id, err := ident.New("cs_", now, rand.Reader)
	if err != nil {
		fail(w, err)
		return
	}
	s := newSession(in, id, now)
	body, err := json.Marshal(s.answer(h.base)) // before the wait for the disk
	if err == nil {
		err = h.writer.put(s.values())
	}
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusCreated, body)
}

func (h *handler) session(w http.ResponseWriter, _ *http.Request, p httprouter.Params) {
	var s session
	if err := h.get.QueryRow(p.ByName("id")).Scan(s.fields()...); err != nil {
		fail(w, err)
		return
	}
	body, err := json.Marshal(s.answer(h.base))
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, body)
}

func (h *handler) page(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil {
		limit = 20
	}
	offset, _ := strconv.Atoi(q.Get("offset")) // 0 if it is missing
	stmt, args := h.all, []any{limit, offset}
	if status := q.Get("status"); status != "" {
		stmt, args = h.list, []any{status, limit, offset}
	}
	answers, err := h.answers(stmt, args)
	if err != nil {
		fail(w, err)
		return
	}
	body, err := json.Marshal(answers)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, body)
}

// answers runs a query for sessions.
func (h *handler) answers(stmt *sql.Stmt, args []any) (list []answer, err error) {
	rows, err := stmt.Query(args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s session
		if err := rows.Scan(s.fields()...); err != nil {
			return nil, err
		}
		list = append(list, s.answer(h.base))
	}
	return list, rows.Err()
}

// reply writes a whole answer of JSON.
func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone
}

func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, sql.ErrNoRows) {
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}
