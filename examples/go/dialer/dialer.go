// Package dialer places provider calls, and never the same call twice.
package dialer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	timeout      = 2 * time.Second
	pollInterval = 50 * time.Millisecond
	tries        = 3
	ended        = "hangup"
)

// Refused is the error for a response other than 200. With a status below 500, VoIPbin has placed no call.
type Refused struct{ Status int }

func (e *Refused) Error() string { return fmt.Sprintf("VoIPbin returned %d", e.Status) }

// OutcomeUnknown is the error for a lost response: the call may have been placed.
type OutcomeUnknown struct{ Method, Path string }

func (e *OutcomeUnknown) Error() string {
	return fmt.Sprintf("no valid response to %s %s", e.Method, e.Path)
}

// A Record is a provider call. It never changes: read the outcome from its calls.
type Record struct {
	ID      string   `json:"id"`
	CallIDs []string `json:"call_ids"`
}

// A Call is one call of a provider call.
type Call struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	HangupReason string `json:"hangup_reason"`
}

// A Client sends requests with a super-admin's token.
type Client struct {
	base, token string
	http        *http.Client
}

// New returns a client for a base URL, which ends in /v1.0.
func New(base, token string) *Client {
	// A transport of its own, so that Close closes the connections of this client only.
	return &Client{base, token, &http.Client{Timeout: timeout, Transport: http.DefaultTransport.(*http.Transport).Clone()}}
}

// Close closes the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Place places a provider call. The body is that of POST /providercalls.
func (c *Client) Place(ctx context.Context, body any) (Record, error) {
	return send[Record](ctx, c, http.MethodPost, "/providercalls", nil, body)
}

// Record reads one provider call.
func (c *Client) Record(ctx context.Context, id string) (Record, error) {
	return send[Record](ctx, c, http.MethodGet, "/providercalls/"+url.PathEscape(id), nil, nil)
}

// Records lists every provider call, up to the empty page: a short page need not be the last one.
func (c *Client) Records(ctx context.Context) ([]Record, error) {
	var found []Record
	query := url.Values{"page_size": {"100"}}
	for {
		page, err := send[struct {
			Result []Record `json:"result"`
			Next   string   `json:"next_page_token"`
		}](ctx, c, http.MethodGet, "/providercalls", query, nil)
		if err != nil {
			return nil, err
		}
		if len(page.Result) == 0 {
			return found, nil
		}
		found = append(found, page.Result...)
		query.Set("page_token", page.Next)
	}
}

// Call reads one call.
func (c *Client) Call(ctx context.Context, id string) (Call, error) {
	return send[Call](ctx, c, http.MethodGet, "/calls/"+url.PathEscape(id), nil, nil)
}

// Wait waits until every call of a record has ended, and returns their hangup reasons by id.
func (c *Client) Wait(ctx context.Context, record Record) (map[string]string, error) {
	reasons := map[string]string{}
	for _, id := range record.CallIDs {
		call, err := c.Call(ctx, id)
		for err == nil && call.Status != ended {
			if err = sleep(ctx, pollInterval); err == nil {
				call, err = c.Call(ctx, id)
			}
		}
		if err != nil {
			return nil, err
		}
		reasons[id] = call.HangupReason
	}
	return reasons, nil
}

// Delete deletes the record, and leaves its calls as they are.
func (c *Client) Delete(ctx context.Context, id string) error {
	_, err := send[Record](ctx, c, http.MethodDelete, "/providercalls/"+url.PathEscape(id), nil, nil)
	return err
}

// HangUp ends one call.
func (c *Client) HangUp(ctx context.Context, id string) error {
	_, err := send[Call](ctx, c, http.MethodPost, "/calls/"+url.PathEscape(id)+"/hangup", nil, nil)
	return err
}

// send repeats a request after a 429 only: then VoIPbin has not processed it.
func send[T any](ctx context.Context, c *Client, method, path string, query url.Values, body any) (T, error) {
	var result T
	content, err := json.Marshal(body)
	if err != nil {
		return result, err
	}
	for try := 1; ; try++ {
		response, err := c.once(ctx, method, path, query, content)
		if err != nil {
			return result, &OutcomeUnknown{method, path}
		}
		data, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests && try < tries {
			if err := sleep(ctx, retryAfter(response)); err != nil {
				return result, err
			}
			continue
		}
		if response.StatusCode != http.StatusOK {
			return result, &Refused{response.StatusCode}
		}
		if err != nil || json.Unmarshal(data, &result) != nil {
			return result, &OutcomeUnknown{method, path}
		}
		return result, nil
	}
}

func (c *Client) once(ctx context.Context, method, path string, query url.Values, content []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path+"?"+query.Encode(), bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	return c.http.Do(request)
}

func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		seconds = 1
	}
	return time.Duration(seconds) * time.Second
}

func sleep(ctx context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// IsRefused returns the status of a refused request, and whether err is one.
func IsRefused(err error) (int, bool) {
	var refused *Refused
	if errors.As(err, &refused) {
		return refused.Status, true
	}
	return 0, false
}
