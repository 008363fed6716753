package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/benbjohnson/clock"
)

// maxAdvance is how far one call can move a clock, in seconds: ten years.
const maxAdvance = 10 * 366 * 24 * 60 * 60

// routes are the parts of the control API that all simulated providers have.
func (s *Server) routes() {
	s.control.HandleFunc("POST /simulate/faults", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Path  string `json:"path"`
			Fault Fault  `json:"fault"`
			Times int    `json:"times"` // default 1
		}
		if !read(w, r, &q) {
			return
		}
		if !slices.Contains(Faults, q.Fault) {
			answer(w, fmt.Errorf("fault must be one of %v", Faults))
			return
		}
		for range min(max(q.Times, 1), 1000) {
			s.Inject(q.Path, q.Fault)
		}
		answer(w, nil)
	})
	s.control.HandleFunc("DELETE /simulate/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.Heal()
		answer(w, nil)
	})
	s.control.HandleFunc("POST /simulate/messages", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Delivery Delivery `json:"delivery"`
		}
		if !read(w, r, &q) {
			return
		}
		if !slices.Contains(Deliveries, q.Delivery) {
			answer(w, fmt.Errorf("delivery must be one of %v", Deliveries))
			return
		}
		s.Messages(q.Delivery)
		answer(w, nil)
	})
	s.control.HandleFunc("POST /simulate/messages/release", func(w http.ResponseWriter, _ *http.Request) {
		s.Release()
		answer(w, nil)
	})
	s.control.HandleFunc("POST /simulate/clock/advance", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Seconds int64 `json:"seconds"`
		}
		if !read(w, r, &q) {
			return
		}
		stopped, ok := s.clock.(*clock.Mock)
		switch {
		case !ok:
			answer(w, errors.New("the clock runs by itself; start simulate with --test-clock"))
		case q.Seconds < 0 || q.Seconds > maxAdvance:
			answer(w, fmt.Errorf("seconds must be 0 to %d", maxAdvance))
		default:
			answer(w, s.advance(r.Context(), stopped, time.Duration(q.Seconds)*time.Second))
		}
	})
}

// read decodes the body of a request, or answers 400.
func read(w http.ResponseWriter, r *http.Request, v any) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = decode(body, v)
	}
	if err != nil {
		answer(w, err)
	}
	return err == nil
}

// answer writes {"ok":true}, or 400 with what is wrong.
func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
		return
	}
	_, _ = w.Write([]byte(`{"ok":true}` + "\n"))
}
