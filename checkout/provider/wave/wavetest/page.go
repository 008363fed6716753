package wavetest

import (
	"html/template"
	"net/http"
)

// view is the page that a customer pays at.
var view = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated Wave</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 0 auto; padding: 1.5rem; color: #111; background: #fff }
output { display: block; font-size: 2rem; margin: .5rem 0 1rem }
button { display: block; width: 100%; min-height: 3rem; margin: .5rem 0; font: inherit; border: 1px solid #555; border-radius: .5rem; background: #fff; color: #111 }
button.pay { background: #0b5cad; border-color: #0b5cad; color: #fff }
</style>
<h1>Simulated Wave</h1>
<p>{{.Business}} asks for</p>
<output>{{.Amount}}</output>
{{if .Failure}}<p role="status">The last try failed: {{.Failure}}.</p>{{end}}
{{if .Open}}<form method="post">
<button class="pay" name="do" value="pay">Pay</button>
<button name="do" value="fail">Fail: insufficient funds</button>
<button name="do" value="cancel">Cancel</button>
</form>{{else}}<p role="status">This payment is {{.Status}}.</p>{{end}}
<p><small>No money moves here. {{.ID}}</small></p>
</html>
`))

// page shows what is asked for and what a customer can do.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	p, err := s.Session(r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = view.Execute(w, map[string]any{
		"ID": p.ID, "Business": s.config.Business, "Amount": decimal(p.Amount) + " " + string(p.Amount.Currency),
		"Open": p.CheckoutStatus == "open", "Status": p.CheckoutStatus, "Failure": p.FailureCode,
	})
}

// press does what a button says and sends the customer back.
func (s *Server) press(w http.ResponseWriter, r *http.Request) {
	p, err := s.Session(r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	back := p.ErrorURL
	switch r.PostFormValue("do") {
	case "pay":
		back, err = p.SuccessURL, s.Pay(p.ID)
	case "fail":
		err = s.Fail(p.ID, "insufficient-funds")
	case "cancel":
		err = s.Cancel(p.ID)
	default:
		http.Error(w, "do must be pay, fail or cancel", http.StatusBadRequest)
		return
	}
	if err != nil { // it is over: the page says how it ended
		back = p.LaunchURL
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
