package orange

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/checkout/provider/client"
)

// call sends question to an operation of the country's API. If the API refuses
// the token, which says that it did nothing, the same is sent once more with a
// new one.
func (p *Provider) call(ctx context.Context, operation string, question any) (client.Answer, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return client.Answer{}, fmt.Errorf("%w: %w", checkout.ErrNotSent, err)
	}
	refused := ""
	for {
		token, err := p.tokens.get(ctx, refused)
		if err != nil {
			return client.Answer{}, fmt.Errorf("%w: no access token: %w", checkout.ErrNotSent, err)
		}
		a, err := p.client.Do(ctx, http.MethodPost, p.path+operation, client.NewHeader(
			"Authorization", "Bearer "+token,
			"Content-Type", "application/json",
			"Accept", "application/json",
		), body)
		if err != nil || a.Status != http.StatusUnauthorized || refused != "" {
			return a, err
		}
		refused = token
	}
}
