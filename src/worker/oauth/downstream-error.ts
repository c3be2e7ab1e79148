// A provider's failure as a value: the reason decides behaviour, expected and seen are for the operator.
import type { ReasonCode } from "../../contract/events.ts";
import { Refusal, type RefusalDetail } from "./errors.ts";

/** Thrown by `downstream/`. `transient` means that trying again may help and nothing may be thrown away. */
export class DownstreamError extends Refusal {
  override readonly name = "DownstreamError";
  readonly transient: boolean;

  constructor(reason: ReasonCode, detail: RefusalDetail = {}, transient = false) {
    super(reason, detail);
    this.transient = transient;
  }
}
