// Runs one operation of VoIPbin's Go SDK, or lists all of them, one per line.
//
// The environment has the server (VOIPBIN_BASE_URL, VN_ACCESS_KEY), the ids of its records (CALL, FLOW, ...) and the
// credentials of an agent (AGENT_USERNAME, AGENT_PASSWORD).
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/oapi-codegen/runtime/types"
	api "github.com/voipbin/voipbin-go/gens/voipbin_client"
)

type status interface{ StatusCode() int }

// An operation returns the SDK's response.
type operation func(context.Context, *api.ClientWithResponses) (status, error)

func id(kind string) string { return os.Getenv(strings.ToUpper(kind)) }

func pointer[T any](value T) *T { return &value }

func tel(number string) api.CommonAddress {
	return api.CommonAddress{Type: pointer(api.CommonAddressType("tel")), Target: &number}
}

var (
	source      = tel("+12025550100")
	destination = tel("+12025550143")
	page        = pointer(1)
	actions     = []api.FlowManagerAction{{Id: "c7f1d8f0-3b1a-4f59-9a0e-0a5b6a3f7c11", Type: "answer"}}
)

var operations = map[string]operation{
	"GetAccesskeys": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetAccesskeysWithResponse(c, &api.GetAccesskeysParams{PageSize: page})
	},
	"PostAccesskeys": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostAccesskeysWithResponse(c, api.PostAccesskeysJSONRequestBody{Name: pointer("ci"), Expire: pointer(86400)})
	},
	"GetAccesskeysId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetAccesskeysIdWithResponse(c, id("accesskey"))
	},
	"PutAccesskeysId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PutAccesskeysIdWithResponse(c, id("accesskey"), api.PutAccesskeysIdJSONRequestBody{Name: pointer("renamed")})
	},
	"DeleteAccesskeysId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteAccesskeysIdWithResponse(c, id("accesskey"))
	},
	"GetActiveflows": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetActiveflowsWithResponse(c, &api.GetActiveflowsParams{PageSize: page})
	},
	"PostActiveflows": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostActiveflowsWithResponse(c, api.PostActiveflowsJSONRequestBody{FlowId: pointer(id("flow"))})
	},
	"GetActiveflowsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetActiveflowsIdWithResponse(c, id("activeflow"))
	},
	"PostActiveflowsIdStop": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostActiveflowsIdStopWithResponse(c, id("activeflow"))
	},
	"DeleteActiveflowsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteActiveflowsIdWithResponse(c, id("activeflow"))
	},
	"GetAgents": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetAgentsWithResponse(c, &api.GetAgentsParams{})
	},
	"GetAgentsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetAgentsIdWithResponse(c, id("agent"))
	},
	"PostAuthLogin": func(c context.Context, _ *api.ClientWithResponses) (status, error) {
		// The SDK has this operation below the base URL, so its own example uses another base URL.
		s, err := api.NewClientWithResponses(strings.TrimSuffix(os.Getenv("VOIPBIN_BASE_URL"), "/v1.0"))
		if err != nil {
			return nil, err
		}
		return s.PostAuthLoginWithResponse(c, api.PostAuthLoginJSONRequestBody{
			Username: os.Getenv("AGENT_USERNAME"), Password: os.Getenv("AGENT_PASSWORD"),
		})
	},
	"GetBillingAccounts": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetBillingAccountsWithResponse(c, &api.GetBillingAccountsParams{})
	},
	"GetBillingAccountsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetBillingAccountsIdWithResponse(c, id("billing_account"))
	},
	"GetBillings": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetBillingsWithResponse(c, &api.GetBillingsParams{})
	},
	"GetBillingsBillingId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		var billing types.UUID
		if err := billing.UnmarshalText([]byte(id("billing"))); err != nil {
			return nil, err
		}
		return s.GetBillingsBillingIdWithResponse(c, billing)
	},
	"GetCalls": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetCallsWithResponse(c, &api.GetCallsParams{PageSize: page})
	},
	"PostCalls": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsWithResponse(c, api.PostCallsJSONRequestBody{
			Source: &source, Destinations: &[]api.CommonAddress{destination}, FlowId: pointer(id("flow")),
		})
	},
	"PostCalls without an address type, as in the SDK's examples": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsWithResponse(c, api.PostCallsJSONRequestBody{
			Source:       &api.CommonAddress{Target: source.Target},
			Destinations: &[]api.CommonAddress{{Target: destination.Target}},
			FlowId:       pointer(id("flow")),
		})
	},
	"GetCallsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetCallsIdWithResponse(c, id("call"))
	},
	"PostCallsIdHangup": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdHangupWithResponse(c, id("call"))
	},
	"DeleteCallsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteCallsIdWithResponse(c, id("call"))
	},
	"PostCallsIdHold": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdHoldWithResponse(c, id("call"))
	},
	"DeleteCallsIdHold": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteCallsIdHoldWithResponse(c, id("call"))
	},
	"PostCallsIdMoh": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdMohWithResponse(c, id("call"))
	},
	"DeleteCallsIdMoh": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteCallsIdMohWithResponse(c, id("call"))
	},
	"PostCallsIdMute": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdMuteWithResponse(c, id("call"), api.PostCallsIdMuteJSONRequestBody{})
	},
	"DeleteCallsIdMute": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteCallsIdMuteWithResponse(c, id("call"), api.DeleteCallsIdMuteJSONRequestBody{})
	},
	"PostCallsIdSilence": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdSilenceWithResponse(c, id("call"))
	},
	"DeleteCallsIdSilence": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteCallsIdSilenceWithResponse(c, id("call"))
	},
	"PostCallsIdTalk": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdTalkWithResponse(c, id("call"), api.PostCallsIdTalkJSONRequestBody{
			Text: pointer("Hello"), Language: pointer("en-US"),
		})
	},
	"PostCallsIdRecordingStart": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdRecordingStartWithResponse(c, id("call"), api.PostCallsIdRecordingStartJSONRequestBody{
			Format: "wav", Duration: 600,
		})
	},
	"PostCallsIdRecordingStop": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostCallsIdRecordingStopWithResponse(c, id("recorded_call"))
	},
	"GetCustomer": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetCustomerWithResponse(c)
	},
	"PutCustomer": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PutCustomerWithResponse(c, api.PutCustomerJSONRequestBody{
			Name: "renamed", WebhookMethod: "POST", WebhookUri: "https://client.example/hooks",
		})
	},
	"GetCustomers": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetCustomersWithResponse(c, &api.GetCustomersParams{})
	},
	"GetCustomersId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetCustomersIdWithResponse(c, id("customer"))
	},
	"GetExtensions": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetExtensionsWithResponse(c, &api.GetExtensionsParams{})
	},
	"GetFlows": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetFlowsWithResponse(c, &api.GetFlowsParams{PageSize: page})
	},
	"PostFlows": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostFlowsWithResponse(c, api.PostFlowsJSONRequestBody{Name: "second", Actions: actions})
	},
	"GetFlowsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetFlowsIdWithResponse(c, id("flow"))
	},
	"PutFlowsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PutFlowsIdWithResponse(c, id("flow"), api.PutFlowsIdJSONRequestBody{Name: "renamed", Actions: actions})
	},
	"DeleteFlowsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteFlowsIdWithResponse(c, id("flow"))
	},
	"GetGroupcalls": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetGroupcallsWithResponse(c, &api.GetGroupcallsParams{PageSize: page})
	},
	"PostGroupcalls": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostGroupcallsWithResponse(c, api.PostGroupcallsJSONRequestBody{
			Source: source, Destinations: []api.CommonAddress{destination}, FlowId: id("flow"),
			RingMethod: "ring_all", AnswerMethod: "hangup_others",
		})
	},
	"GetGroupcallsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetGroupcallsIdWithResponse(c, id("groupcall"))
	},
	"PostGroupcallsIdHangup": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostGroupcallsIdHangupWithResponse(c, id("groupcall"))
	},
	"DeleteGroupcallsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteGroupcallsIdWithResponse(c, id("groupcall"))
	},
	"GetNumbers": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetNumbersWithResponse(c, &api.GetNumbersParams{})
	},
	"GetNumbersId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetNumbersIdWithResponse(c, id("number"))
	},
	"GetProviders": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetProvidersWithResponse(c, &api.GetProvidersParams{PageSize: page})
	},
	"PostProviders": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.PostProvidersWithResponse(c, api.PostProvidersJSONRequestBody{
			Type: "sip", Name: "second", Hostname: "sip.second.example",
		})
	},
	"GetProvidersId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetProvidersIdWithResponse(c, id("provider"))
	},
	"DeleteProvidersId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteProvidersIdWithResponse(c, id("provider"))
	},
	"GetRecordings": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetRecordingsWithResponse(c, &api.GetRecordingsParams{})
	},
	"GetRecordingsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetRecordingsIdWithResponse(c, id("recording"))
	},
	"DeleteRecordingsId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.DeleteRecordingsIdWithResponse(c, id("recording"))
	},
	"GetRecordingfilesId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetRecordingfilesIdWithResponse(c, id("recording"))
	},
	"GetRoutes": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetRoutesWithResponse(c, &api.GetRoutesParams{})
	},
	"GetRoutesId": func(c context.Context, s *api.ClientWithResponses) (status, error) {
		return s.GetRoutesIdWithResponse(c, id("route"))
	},
}

func main() {
	if len(os.Args) < 2 {
		names := make([]string, 0, len(operations))
		for name := range operations {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Println(strings.Join(names, "\n"))
		return
	}
	if err := run(operations[os.Args[1]]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(perform operation) error {
	withKey := func(_ context.Context, request *http.Request) error {
		query := request.URL.Query()
		query.Set("accesskey", os.Getenv("VN_ACCESS_KEY"))
		request.URL.RawQuery = query.Encode()
		return nil
	}
	client, err := api.NewClientWithResponses(os.Getenv("VOIPBIN_BASE_URL"), api.WithRequestEditorFn(withKey))
	if err != nil {
		return err
	}
	response, err := perform(context.Background(), client)
	if err != nil {
		return err
	}
	if response.StatusCode() != http.StatusOK {
		return fmt.Errorf("HTTP %d", response.StatusCode())
	}
	if parsed := reflect.ValueOf(response).Elem().FieldByName("JSON200"); parsed.IsValid() && parsed.IsNil() {
		return fmt.Errorf("the SDK has not parsed the response")
	}
	return nil
}
