package orange

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/checkoutd/checkoutd/checkout"
)

// Parse reads a notification. It carries neither our identifier nor a proof, but
// the notif_token that was handed out with the payment page: whoever sends one
// that is known may be Orange, and no more is concluded. The status and the
// transaction that it names are nobody's word, and left out.
func (p *Provider) Parse(in checkout.Inbound) ([]checkout.Signal, error) {
	var got struct {
		NotifToken string `json:"notif_token"`
	}
	if err := json.Unmarshal(in.Body, &got); err != nil {
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: "Invalid notification: not JSON of the expected form", Err: err}
	}
	if got.NotifToken == "" {
		return nil, &checkout.Error{Code: checkout.CodeInvalid, Message: "Invalid notification: notif_token is missing"}
	}
	return []checkout.Signal{{Trust: checkout.TrustShared, Ref: ref(got.NotifToken)}}, nil
}

// ref is what stands for a notif_token in the database: one who reads it there
// cannot send notifications, and finding it takes no comparison of secrets.
func ref(notifToken string) string {
	sum := sha256.Sum256([]byte(notifToken))
	return hex.EncodeToString(sum[:])
}
