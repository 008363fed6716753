package orangetest

import (
	"bytes"
	"html/template"
	"net/http"
)

var pageHTML = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated Orange Money</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff }
h1 { font-size: 1.25rem; border-left: .5rem solid #ff7900; padding-left: .5rem }
label { display: block; margin: 1rem 0 }
input, button { box-sizing: border-box; display: block; width: 100%; font: inherit; padding: .75rem; border: 1px solid #595959; border-radius: .25rem }
button { margin: .75rem 0; background: #fff; color: #111 }
button[value=pay] { background: #111; color: #fff }
</style>
<main>
<h1>Simulated Orange Money</h1>
<p>No real money moves here.</p>
{{with .Problem}}<p role="alert">{{.}}</p>{{end}}
<p>To {{or .Order.Reference "the merchant"}}: <strong>{{.Order.Amount}} {{.Order.Currency}}</strong><br>Order {{.Order.OrderID}} is {{.Order.Status}}.</p>
{{if eq .Order.Currency "OUV"}}<p><small>OUV is the currency of Orange's sandbox: it stands for the one of the checkout session.</small></p>{{end}}
{{if .Open}}<form method="post">
<label>Orange Money number <input name="number" inputmode="tel" autocomplete="tel" placeholder="any"></label>
<label>One-time code <input name="otp" inputmode="numeric" autocomplete="one-time-code" placeholder="any"></label>
<button name="do" value="pay">Confirm and pay</button>
<button name="do" value="fail">Let it fail</button>
<button name="do" value="cancel">Cancel and go back</button>
</form>{{else}}<p><a href="{{.Back}}">Back to the merchant</a></p>{{end}}
</main>
</html>
`))

// showPage shows the payment page of an order.
func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, r.PathValue("token"), "")
}

// pressButton does what the customer pressed, whatever number and code they
// typed, and sends them back to the merchant.
func (s *Server) pressButton(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var err error
	switch r.PostFormValue("do") {
	case "pay":
		err = s.Pay(token)
	case "fail":
		err = s.Fail(token, "")
	case "cancel":
		err = s.Cancel(token)
	default:
		s.render(w, http.StatusBadRequest, token, "Press one of the buttons.")
		return
	}
	if err != nil {
		s.render(w, http.StatusConflict, token, "That is not possible any more.")
		return
	}
	s.mu.Lock()
	o := s.find(token)
	to := o.returnURL
	if r.PostFormValue("do") == "cancel" {
		to = o.cancelURL
	}
	s.mu.Unlock()
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// render writes the page of the order with that pay_token.
func (s *Server) render(w http.ResponseWriter, status int, payToken, problem string) {
	s.mu.Lock()
	o := s.find(payToken)
	if o == nil || o.PayToken != payToken {
		s.mu.Unlock()
		http.Error(w, "No such payment.", http.StatusNotFound)
		return
	}
	data := struct {
		Order   Order
		Open    bool
		Back    template.URL // checked to be http or https when the order was opened
		Problem string
	}{o.Order, o.Status == Initiated && !s.over(o), template.URL(o.returnURL), problem}
	s.mu.Unlock()
	var page bytes.Buffer
	if err := pageHTML.Execute(&page, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the customer has gone away
}
