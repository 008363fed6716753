package mtntest

import (
	"html/template"
	"net/http"
)

// promptPage shows what the phones show.
var promptPage = template.Must(template.New("prompts").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MTN MoMo, simulated</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 0 auto; padding: 1rem; color: #222 }
section { border: 1px solid #ccc; border-radius: .5rem; padding: 0 1rem 1rem; margin: 1rem 0 }
form { display: inline }
button { font: inherit; padding: .5rem 1rem; margin-right: .5rem; border: 1px solid #888; border-radius: .25rem; background: #fff }
button.pay { background: #ffcb05 }
</style>
<h1>Prompts on phones</h1>
<p>This is a simulated MTN MoMo. No money moves.</p>
{{range .}}<section>
<p><strong>{{.Amount}} {{.Currency}}</strong><br>{{.PayerMessage}}<br>on {{.Payer.ID}}</p>
<form method="post" action="/prompts/{{.Reference}}/approve"><button class="pay">Approve</button></form>
<form method="post" action="/prompts/{{.Reference}}/reject"><button>Reject</button></form>
<form method="post" action="/prompts/{{.Reference}}/expire"><button>Let it expire</button></form>
</section>
{{else}}<p>No phone is asking for anything.</p>
{{end}}<p><a href="/">Look again</a></p>
`))

// prompt is one section of the page.
type prompt struct {
	Payment
	Reference string
}

// page lists the prompts that wait for an answer.
func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	var open []prompt
	_ = s.do(func() error {
		for _, p := range s.sorted() {
			if !p.final() {
				open = append(open, prompt{p.Payment, p.reference})
			}
		}
		return nil
	})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = promptPage.Execute(w, open)
}

// choose is a button of the page.
func (s *Server) choose(w http.ResponseWriter, r *http.Request) {
	act, ok := map[string]func(string) error{"approve": s.Approve, "reject": s.Reject, "expire": s.Expire}[r.PathValue("choice")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if err := act(r.PathValue("reference")); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
