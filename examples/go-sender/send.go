// Sends events from the standard input, one JSON object a line, as CloudEvents:
//
//	go build -o send .
//	echo '{"id": "a1", "videoId": "cats", "type": "view"}' |
//	  TALLY_URL=http://localhost:8080 TALLY_KEY=wk_... ./send
//
// An event without a time happened now.
//
// Every line is accounted for: accepted, rejected (with its number and the rule), or unresolved, when Tally could not
// be reached. An event is named by its source and id, so a request that got no answer is sent again as it is, and
// counts nothing twice. Unresolved events go to the standard output with the ids that they got: send that output again
// later. Interrupted, it says from which line on nothing was sent, and what it holds is unresolved.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/uuid"
)

// Tally takes at most 1,000 events and 1 MiB in a request.
const (
	batchEvents = 1_000
	batchBytes  = 1_000_000
	attempts    = 6
	timeout     = 20 * time.Second
	pauseMax    = 30 * time.Second
)

// view is the event of a line, with the id and the time that it got if the line has none.
type view struct {
	ID      string    `json:"id"`
	VideoID string    `json:"videoId"`
	Type    string    `json:"type"`
	Time    time.Time `json:"time"`
	data
}

// data stays as it was written: Tally judges it.
type data struct {
	Value      json.RawMessage `json:"value,omitempty"`
	ViewerID   json.RawMessage `json:"viewerId,omitempty"`
	ChannelID  json.RawMessage `json:"channelId,omitempty"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
}

type line struct {
	number int
	text   []byte
}

// pending is an event that waits in the batch.
type pending struct {
	line int
	view view
	body []byte
}

type answer struct {
	Accepted int `json:"accepted"`
	Rejected []struct {
		Index  int    `json:"index"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"rejected"`
}

type sender struct {
	client *http.Client
	url    string
	key    string
	source string // the same whenever the same events are sent: it is a part of their name
	out    *json.Encoder

	batch []pending
	size  int

	accepted, rejected, unresolved int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	s := &sender{
		client: &http.Client{
			Timeout: timeout,
			// A redirected POST would become a GET. Shown as it is, the answer says where Tally is.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		url:    strings.TrimRight(setting("TALLY_URL", "http://localhost:8080"), "/") + "/v1/events",
		key:    setting("TALLY_KEY", ""),
		source: setting("TALLY_SOURCE", "/go-sender"),
		out:    json.NewEncoder(os.Stdout),
	}
	err := s.sendAll(ctx, os.Stdin)
	stop()
	if err != nil {
		say("%v", err)
	}
	say("%d accepted, %d rejected, %d unresolved", s.accepted, s.rejected, s.unresolved)
	if err != nil || s.rejected+s.unresolved > 0 {
		os.Exit(1)
	}
}

func setting(name, other string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return other
}

func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
}

// sendAll fails if there may be lines that it did not read.
func (s *sender) sendAll(ctx context.Context, input io.Reader) error {
	lines := make(chan line)
	ended := make(chan error, 1)
	go func() { ended <- read(ctx, input, lines) }()
	last := 0
	for {
		select {
		case next := <-lines:
			last = next.number
			s.add(ctx, next)
		case <-ctx.Done(): // the next line may be long in coming
			s.send(ctx)
			return fmt.Errorf("interrupted: lines after line %d are not sent", last)
		case err := <-ended:
			s.send(ctx)
			if err != nil {
				return fmt.Errorf("lines after line %d are not sent: %w", last, err)
			}
			return nil
		}
	}
}

// read hands out the lines of the input, of any length, until it ends or nobody takes them any more.
func read(ctx context.Context, input io.Reader, lines chan<- line) error {
	reader := bufio.NewReader(input)
	for number := 1; ; number++ {
		text, err := reader.ReadBytes('\n')
		if len(text) > 0 {
			select {
			case lines <- line{number, text}:
			case <-ctx.Done():
				return errors.New("interrupted")
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// add puts the event of a line into the batch, after sending a full one.
func (s *sender) add(ctx context.Context, next line) {
	v, err := parse(next.text)
	var body []byte
	if err == nil {
		body, err = s.encode(v)
	}
	if err != nil {
		s.reject(next.number, "not an event: "+strings.TrimSpace(err.Error())) // the SDK ends in a line end
		return
	}
	if len(s.batch) == batchEvents || s.size+len(body) > batchBytes {
		s.send(ctx)
	}
	s.batch = append(s.batch, pending{next.number, v, body})
	s.size += len(body) + 1
}

func parse(text []byte) (view, error) {
	v := view{ID: uuid.NewString(), Time: time.Now().UTC().Truncate(time.Millisecond)}
	if !utf8.Valid(text) {
		return v, errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		return v, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return v, errors.New("more than one value")
	}
	return v, nil
}

// encode fails if it cannot be a CloudEvent.
func (s *sender) encode(v view) ([]byte, error) {
	e := event.New()
	e.SetID(v.ID)
	e.SetSource(s.source)
	e.SetType(v.Type)
	e.SetSubject(v.VideoID)
	e.SetTime(v.Time)
	if err := e.SetData(event.ApplicationJSON, v.data); err != nil {
		return nil, err
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if e.Subject() != v.VideoID { // the SDK takes spaces away, which would name another video
		return nil, errors.New("videoId begins or ends with a space")
	}
	return json.Marshal(e)
}

// send empties the batch: each of its events is accepted, rejected or unresolved afterwards.
func (s *sender) send(ctx context.Context) {
	batch := s.batch
	s.batch, s.size = nil, 0
	if len(batch) == 0 {
		return
	}
	bodies := make([][]byte, len(batch))
	for i, p := range batch {
		bodies[i] = p.body
	}
	body := slices.Concat([]byte("["), bytes.Join(bodies, []byte(",")), []byte("]"))
	answer, err := s.post(ctx, body, len(batch))
	if err != nil {
		say("%v", err)
		s.unresolved += len(batch)
		for _, p := range batch {
			if err := s.out.Encode(p.view); err != nil {
				say("line %d is unresolved, and was not printed: %v", p.line, err)
			}
		}
		return
	}
	s.accepted += answer.Accepted
	for _, r := range answer.Rejected {
		s.reject(batch[r.Index].line, r.Code+": "+r.Detail)
	}
}

func (s *sender) reject(number int, why string) {
	s.rejected++
	say("line %d: %s", number, why)
}

// passing is a fault after which the same request may be answered. Below 0: Tally did not say after how long.
type passing struct {
	error
	after time.Duration
}

// post sends a batch until there is an answer, or until there is no hope for one.
func (s *sender) post(ctx context.Context, body []byte, events int) (*answer, error) {
	for attempt := 1; ; attempt++ {
		answer, err := s.attempt(ctx, body, events)
		var fault passing
		if !errors.As(err, &fault) {
			return answer, err
		}
		err = fmt.Errorf("attempt %d of %d: %w", attempt, attempts, err)
		if attempt == attempts || ctx.Err() != nil {
			return nil, err
		}
		say("%v", err)
		select {
		case <-time.After(pause(attempt, fault.after)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pause is random, so that senders who failed together do not come back together.
func pause(attempt int, after time.Duration) time.Duration {
	if after >= 0 {
		return min(pauseMax, after) + rand.N(200*time.Millisecond)
	}
	longest := min(pauseMax, 200*time.Millisecond<<attempt)
	return longest/2 + rand.N(longest/2)
}

func (s *sender) attempt(ctx context.Context, body []byte, events int) (*answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", event.ApplicationCloudEventsBatchJSON)
	if s.key != "" {
		request.Header.Set("Authorization", "Bearer "+s.key)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, passing{err, -1}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, passing{err, -1}
	}
	switch response.StatusCode {
	case http.StatusAccepted, http.StatusUnprocessableEntity: // 422: not one was accepted; the answer says why
		answer, err := understand(text, events)
		if err != nil {
			return nil, passing{err, -1}
		}
		return answer, nil
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return nil, passing{errors.New(response.Status), retryAfter(response)}
	}
	return nil, fmt.Errorf("%s: %s", response.Status, text)
}

// understand fails unless the answer speaks of each event.
func understand(text []byte, events int) (*answer, error) {
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, err
	}
	if a.Accepted+len(a.Rejected) != events {
		return nil, fmt.Errorf("the answer speaks of %d events, not %d", a.Accepted+len(a.Rejected), events)
	}
	for _, r := range a.Rejected {
		if r.Index < 0 || r.Index >= events {
			return nil, fmt.Errorf("the answer speaks of event %d", r.Index)
		}
	}
	return &a, nil
}

func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		return -1
	}
	return time.Duration(seconds) * time.Second
}
