// Adapts the dialer for `providercalls conform`: one line of JSON per operation, and one per result.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"example.net/dialer/dialer"
)

type message struct {
	Operation string          `json:"operation"`
	Body      json.RawMessage `json:"body"`
	Placed    dialer.Record   `json:"placed"`
	ID        string          `json:"id"`
}

var operations = []string{
	"place", "get_record", "list_records", "get_call", "wait_until_done", "delete_record", "hang_up", "close",
}

func main() {
	client := dialer.New(os.Getenv("VOIPBIN_BASE_URL"), os.Getenv("VOIPBIN_TOKEN"))
	input, output := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if err != nil {
			return
		}
		var received message
		if err := json.Unmarshal(line, &received); err != nil {
			panic(err)
		}
		value, err := perform(context.Background(), client, received)
		if err == nil {
			output.Encode(map[string]any{"ok": true, "value": value})
			continue
		}
		kind, status := "OutcomeUnknown", any(nil)
		if refused, is := dialer.IsRefused(err); is {
			kind, status = "Refused", refused
		}
		output.Encode(map[string]any{"ok": false, "error": kind, "status": status, "message": err.Error()})
	}
}

func perform(ctx context.Context, client *dialer.Client, received message) (any, error) {
	switch received.Operation {
	case "operations":
		return operations, nil
	case "place":
		return client.Place(ctx, received.Body)
	case "get_record":
		return client.Record(ctx, received.ID)
	case "list_records":
		return client.Records(ctx)
	case "get_call":
		return client.Call(ctx, received.ID)
	case "wait_until_done":
		return client.Wait(ctx, received.Placed)
	case "delete_record":
		return nil, client.Delete(ctx, received.ID)
	case "hang_up":
		return nil, client.HangUp(ctx, received.ID)
	default:
		client.Close()
		return nil, nil
	}
}
