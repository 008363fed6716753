package main

import (
	"strings"
	"testing"
)

func TestPolicyIsSetAndShown(t *testing.T) {
	db := merchantDB(t)
	const server = "as the server does"
	for _, c := range []struct {
		args                  []string
		late, excess, surplus string
	}{
		{nil, server, server, server},
		{[]string{"--late", "hold"}, "hold", server, server},
		{[]string{"--excess", "accept", "--surplus", "hold"}, "hold", "accept", "hold"},
		{nil, "hold", "accept", "hold"},
		{[]string{"--late", "default"}, server, "accept", "hold"},
	} {
		// What the environment says of the server is not what a merchant wants.
		stdout, _, err := runIn(variables{"CHECKOUTD_LATE": "refund"}, "",
			append([]string{"merchants", "policy", "--db", db, "--merchant", "Chez Awa", "--env", "live"}, c.args...)...)
		want := "late     " + c.late + "\nexcess   " + c.excess + "\nsurplus  " + c.surplus + "\n"
		if err != nil || stdout != want {
			t.Errorf("%v: %v: it printed\n%swant\n%s", c.args, err, stdout, want)
		}
	}
	stdout, _, err := command("merchants", "policy", "--db", db, "--merchant", "Chez Awa", "--env", "test")
	if err != nil || strings.Count(stdout, server) != 3 {
		t.Errorf("test mode: %s, %v", stdout, err)
	}
}

func TestPolicyRefuses(t *testing.T) {
	db := merchantDB(t)
	if _, _, err := command("keys", "create", "--db", db, "--env", "test", "--merchant", "Only tests"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--merchant", "Chez Awa", "--env", "live", "--excess", "refund"}, "--excess"},
		{[]string{"--merchant", "Chez Awa", "--env", "live", "--late", "maybe"}, "--late"},
		{[]string{"--merchant", "Nobody", "--env", "live"}, `there is no merchant "Nobody"`},
		{[]string{"--merchant", "Only tests", "--env", "live", "--late", "hold"}, "Only tests has no live key yet"},
		{[]string{"--env", "live"}, "--merchant"},
	} {
		if _, _, err := command(append([]string{"merchants", "policy", "--db", db}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.args, err, c.want)
		}
	}
	if got := serveFails(t, variables{"CHECKOUTD_EXCESS": "refund"}); !strings.Contains(got, "--excess") {
		t.Error(got)
	}
}
