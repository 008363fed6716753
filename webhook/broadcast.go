package webhook

import "sync"

// broadcast tells everybody who waits for an account's events that there may be
// some. The zero value is ready to use.
type broadcast struct {
	mu      sync.Mutex
	waiting map[int64]chan struct{} // closed to tell, and then taken out
}

// next returns a channel that is closed when account is told next.
func (b *broadcast) next(account int64) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = map[int64]chan struct{}{}
	}
	if b.waiting[account] == nil {
		b.waiting[account] = make(chan struct{})
	}
	return b.waiting[account]
}

func (b *broadcast) tell(accounts ...int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, account := range accounts {
		if told := b.waiting[account]; told != nil {
			close(told)
			delete(b.waiting, account)
		}
	}
}

// tellAll tells all accounts.
func (b *broadcast) tellAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for account, told := range b.waiting {
		close(told)
		delete(b.waiting, account)
	}
}
