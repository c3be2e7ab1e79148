// The doctor on a gateway's Check tab: asked for by a form, because it sends requests in the profile's name.
import { type CheckView, checkRequest } from "../../../contract/management/check.ts";
import { checkFields, checkTab } from "../../ui/dashboard/check-tab.tsx";
import { emptyForm, type FormState } from "../../ui/dashboard/fields.ts";
import { framed } from "../../ui/dashboard/frame.tsx";
import { gatewayTabPage } from "../../ui/dashboard/gateway-page.tsx";
import { bodyOf } from "./form-body.ts";
import { gatewayOf } from "./gateways.ts";
import type { Action, Call, mounting } from "./mount.ts";
import { submit } from "./submit.ts";

export function mountCheck({ page, action }: ReturnType<typeof mounting>): void {
  page("/gateways/:gateway/check", (call) => shown(call, emptyForm, null));
  action("/gateways/:gateway/check", check);
}

async function check(call: Action): Promise<Response> {
  const { context, actor, orgId, frame, form, param } = call;
  return submit(call, {
    fields: checkFields,
    schema: checkRequest,
    body: bodyOf(checkFields, form),
    again: (state) => shown(call, state, null),
    async run(body) {
      const checked = await context.admin.checks.run(actor, orgId, param("gateway"), body);
      return framed(200, frame, await shown(call, emptyForm, checked));
    },
  });
}

async function shown(call: Call, state: FormState, checked: CheckView | null) {
  const gateway = await gatewayOf(call);
  const path = `${call.frame.base}/gateways/${gateway.id}`;
  return gatewayTabPage(call.frame, gateway, "/check", checkTab({ frame: call.frame, path, state, checked }));
}
