"""Sections on what a customer owns: billing accounts, metadata, numbers, extensions and agents."""

from __future__ import annotations

from collections.abc import Mapping

from .references import APRIL, File, Section

SECTIONS: Mapping[str, Section] = {
    "accounts.md 1": Section(
        "Billing accounts: what super-admins read, the changes to a balance, and what the database stores",
        (
            File("bin-api-manager/server/billing_accounts.go", "16-101"),
            File("bin-api-manager/server/billing_accounts.go", "199-297"),
            File("bin-api-manager/pkg/servicehandler/billingaccount.go", "20-66"),
            File("bin-api-manager/pkg/servicehandler/billingaccount.go", "130-182"),
            File("bin-billing-manager/models/account/account.go", "10-43"),
            File("bin-billing-manager/pkg/accounthandler/db.go"),
            File("bin-billing-manager/pkg/dbhandler/account.go", "194-307"),
            File("bin-billing-manager/pkg/listenhandler/main.go", "108-146"),
            File("bin-dbscheme-manager/bin-manager/main/versions/d035a214f7da_add_table_billing.py", "20-42"),
        ),
    ),
    "accounts.md 2": Section(
        "A customer's metadata: who replaces it, and the response; the columns of a customer's texts",
        (
            File("bin-api-manager/server/customer.go", "81-125"),
            File("bin-api-manager/server/customers.go", "310-364"),
            File("bin-api-manager/pkg/servicehandler/customer.go", "600-632"),
            File("bin-api-manager/pkg/servicehandler/customer.go", "671-699"),
            File("bin-customer-manager/models/customer/metadata.go"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "159-169"),
            File("bin-customer-manager/pkg/listenhandler/v1_customers.go"),
            File("bin-dbscheme-manager/bin-manager/main/versions/9142c979f5df_add_table_customer.py", "19-41"),
            File(
                "bin-dbscheme-manager/bin-manager/main/versions/73f0a892b2de_customers_add_column_email_phonenumber_.py"
            ),
        ),
    ),
    "accounts.md 3": Section(
        "Numbers: their fields, who reads them and replaces their flows, and which of them a customer may call from",
        (
            File("bin-api-manager/server/numbers.go", "14-89"),
            File("bin-api-manager/server/numbers.go", "202-242"),
            File("bin-api-manager/pkg/servicehandler/numbers.go", "20-93"),
            File("bin-api-manager/pkg/servicehandler/numbers.go", "149-179"),
            File("bin-api-manager/pkg/servicehandler/numbers.go", "269-301"),
            File("bin-number-manager/pkg/listenhandler/v1_numbers.go", "236-280"),
            File("bin-number-manager/models/number/webhook.go", "12-71"),
            File("bin-number-manager/pkg/numberhandler/number.go", "255-297"),
            File("bin-call-manager/pkg/callhandler/outgoing_call.go", "820-842"),
        ),
    ),
    "accounts.md 4": Section(
        "Extensions: their fields with the SIP credentials, and who reads them",
        (
            File("bin-api-manager/server/extensions.go", "45-119"),
            File("bin-api-manager/pkg/servicehandler/extension.go", "19-34"),
            File("bin-api-manager/pkg/servicehandler/extension.go", "103-180"),
            File("bin-registrar-manager/models/extension/webhook.go", "11-53"),
            File("bin-registrar-manager/pkg/extensionhandler/extension.go", "164-178"),
            File("bin-registrar-manager/pkg/listenhandler/main.go", "280-294"),
        ),
    ),
    "accounts.md 5": Section(
        "Agents: who lists and reads them, and the filters, of which tag_ids failed in April 2026",
        (
            File("bin-api-manager/server/agents.go", "16-76"),
            File("bin-api-manager/server/agents.go", "133-163"),
            File("bin-api-manager/pkg/servicehandler/agent.go", "20-34"),
            File("bin-api-manager/pkg/servicehandler/agent.go", "81-151"),
            File("bin-api-manager/pkg/servicehandler/agent.go", "507-562"),
            File("bin-agent-manager/models/agent/tagfilter.go", "26-73"),
            File("bin-agent-manager/pkg/agenthandler/agent.go", "82-105"),
            File("bin-common-handler/pkg/databasehandler/convert.go", "85-121", APRIL),
        ),
    ),
}
