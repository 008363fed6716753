package httpapi

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A test of an endpoint takes as long as its receiver likes.
func TestOneMerchantsTestsLeaveRoomForOthers(t *testing.T) {
	s := newShop(t)
	arrived, release := make(chan struct{}, 2*maxSendsEach), make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	defer hung.Close()
	id, _ := s.endpoint(hung.URL)
	var calls sync.WaitGroup
	for range maxSendsEach {
		calls.Go(func() {
			if got := s.call("POST", "/webhooks/"+id+"/test", ""); got.status != http.StatusOK {
				t.Errorf("%d: %s", got.status, got.body)
			}
		})
		<-arrived
	}
	got := s.want(http.StatusTooManyRequests, s.call("POST", "/webhooks/"+id+"/test", ""))
	if got.header.Get("Retry-After") == "" {
		t.Error("it is not said when to try again")
	}
	key := s.key("Another", false)
	other := newReceiver(t)
	made := s.want(http.StatusCreated, s.call("POST", "/webhooks", `{"url":"`+other.URL+`","authorized_events":["PAYMENT_FAILED"]}`, "X-Api-Key", key))
	id2 := made.json["data"].(map[string]any)["id"].(string)
	s.want(http.StatusOK, s.call("POST", "/webhooks/"+id2+"/test", "", "X-Api-Key", key))
	close(release)
	calls.Wait()
	s.want(http.StatusOK, s.call("POST", "/webhooks/"+id+"/test", ""))
}

func TestAGateKeepsRoomForOthers(t *testing.T) {
	g := newGate(3, 2)
	for i, want := range []bool{true, true, false} {
		if g.enter(1) != want {
			t.Errorf("%d of the first: %v", i, !want)
		}
	}
	if !g.enter(2) || g.enter(3) {
		t.Error("not three in all")
	}
	g.leave(1)
	g.leave(1)
	g.leave(2)
	if g.busy != 0 || len(g.of) != 0 {
		t.Errorf("%+v is left", g)
	}
}
