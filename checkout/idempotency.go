package checkout

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// AnswerTTL is how long the answer to an idempotency key is kept.
const AnswerTTL = 24 * time.Hour

// MaxKeyLength bounds an idempotency key, in bytes.
const MaxKeyLength = 255

// Idempotency makes a creating request safe to repeat: the first use of a key
// creates, a later use gets the first answer.
type Idempotency struct {
	Route       string // keys of different routes do not meet
	Key         string
	Fingerprint [32]byte // tells whether two requests with one key are the same
}

// KeptAnswer is what the store remembers of a used key.
type KeptAnswer struct {
	Fingerprint [32]byte
	Body        []byte
}

// Answer is the outcome of [Service.Once].
type Answer struct {
	Body     []byte
	Replayed bool // Body was made by an earlier request with the same key
}

// Once runs create in one transaction and keeps what it answers under k, so
// that a repeated request creates nothing and gets the same bytes for
// [AnswerTTL]. With a nil k it runs create and keeps nothing. Only answers are
// kept: after an error the key is as good as new.
//
// It returns an [Error] with CodeKeyReused if k was used with another
// fingerprint. create may run more than once.
func (s *Service) Once(ctx context.Context, account Account, k *Idempotency, create func(tx Tx) ([]byte, error)) (Answer, error) {
	var answer Answer
	err := s.store.Update(ctx, func(tx Tx) error {
		answer = Answer{}
		now := s.now()
		if k != nil {
			kept, err := tx.Answer(account.Number, *k, now.Add(-AnswerTTL))
			if err == nil {
				answer = Answer{Body: kept.Body, Replayed: true}
				return sameRequest(kept, *k)
			}
			if !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		body, err := create(tx)
		if err != nil {
			return err
		}
		answer.Body = body
		if k == nil {
			return nil
		}
		return tx.PutAnswer(account.Number, *k, body, now)
	})
	if err != nil {
		return Answer{}, err
	}
	return answer, nil
}

func sameRequest(kept KeptAnswer, k Idempotency) error {
	if bytes.Equal(kept.Fingerprint[:], k.Fingerprint[:]) {
		return nil
	}
	return &Error{Code: CodeKeyReused, Message: "Idempotency-Key was reused with a different request payload"}
}
