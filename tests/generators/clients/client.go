// A program with the client that oapi-codegen has generated.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/google/uuid"

	"generated/voipbin"
)

var (
	background = context.Background()
	unknownID  = uuid.MustParse("f1f2f3f4-0000-4000-8000-00000000dead")
)

type result struct {
	Placed   []string `json:"placed"`
	Listed   []string `json:"listed"`
	Statuses []string `json:"statuses"`
	Hangup   []string `json:"hangup"`
	Refused  int      `json:"refused"`
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func phone(number string) voipbin.AddressRequest {
	tel := voipbin.AddressType("tel")
	return voipbin.AddressRequest{Type: &tel, Target: &number}
}

func request(provider uuid.UUID) voipbin.ProviderCallRequest {
	source := phone("+12025550100")
	destinations := []voipbin.AddressRequest{phone("+12025550143")}
	return voipbin.ProviderCallRequest{ProviderId: provider, Source: &source, Destinations: destinations}
}

func authorize(_ context.Context, request *http.Request) error {
	request.Header.Set("Authorization", "Bearer "+os.Getenv("VOIPBIN_TOKEN"))
	return nil
}

func getCall(client *voipbin.ClientWithResponses, id uuid.UUID) voipbin.Call {
	return *must(client.GetCallsIdWithResponse(background, id)).JSON200
}

func listIDs(client *voipbin.ClientWithResponses) (ids []string) {
	size, token := 1, ""
	for {
		query := voipbin.GetProvidercallsParams{PageSize: &size, PageToken: &token}
		page := must(client.GetProvidercallsWithResponse(background, &query)).JSON200
		if len(page.Result) == 0 {
			return ids
		}
		for _, one := range page.Result {
			ids = append(ids, one.Id.String())
		}
		token = page.NextPageToken
	}
}

func main() {
	server := os.Getenv("VOIPBIN_BASE_URL")
	client := must(voipbin.NewClientWithResponses(server, voipbin.WithRequestEditorFn(authorize)))
	provider := uuid.MustParse(os.Getenv("VOIPBIN_PROVIDER_ID"))

	var done result
	var id uuid.UUID
	for range 3 {
		record := must(client.PostProvidercallsWithResponse(background, request(provider))).JSON200
		done.Placed = append(done.Placed, record.Id.String())
		id = record.CallIds[0]
	}
	call := getCall(client, id)
	for ; call.Status != voipbin.CallStatusProgressing; call = getCall(client, id) {
		done.Statuses = append(done.Statuses, string(call.Status))
	}
	done.Statuses = append(done.Statuses, string(call.Status))
	must(client.PostCallsIdHangupWithResponse(background, id))
	for call = getCall(client, id); call.Status != voipbin.CallStatusHangup; call = getCall(client, id) {
	}
	done.Hangup = hangup(call)
	done.Refused = must(client.PostProvidercallsWithResponse(background, request(unknownID))).StatusCode()
	done.Listed = listIDs(client)
	fmt.Println(string(must(json.Marshal(done))))
}

// hangup returns two fields that are required in the documents, and optional on the servers.
func hangup(call voipbin.Call) []string {
	var fields struct {
		Reason string `json:"hangup_reason"`
		By     string `json:"hangup_by"`
	}
	if err := json.Unmarshal(must(json.Marshal(call)), &fields); err != nil {
		panic(err)
	}
	return []string{fields.Reason, fields.By}
}
