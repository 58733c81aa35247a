import { encodeMessage, type ProtoWriter } from "./protobuf.ts";

/** A setting of a run, as TensorBoard's table of hyper-parameters shows it. */
export type HyperParameter = number | string | boolean;

/** How a run ended, for TensorBoard's table of hyper-parameters. */
export type SessionStatus = "success" | "failure";

/** The plugin data that declare an experiment: which hyper-parameters and which metrics there are. */
export function experimentContent(
  values: Readonly<Record<string, HyperParameter>>,
  metrics: readonly string[],
  seconds: number,
): Uint8Array {
  return encodeMessage((data) =>
    data.int(1, 0).message(2, (experiment) => {
      experiment.double(3, seconds);
      for (const [name, value] of Object.entries(values)) {
        experiment.message(4, (info) => info.string(1, name).int(4, typeOf(value)));
      }
      for (const tag of metrics) {
        experiment.message(5, (info) => info.message(1, (name) => name.string(2, tag)));
      }
    })
  );
}

/** The plugin data that open a session, one run of an experiment, with its values. */
export function sessionStartContent(
  values: Readonly<Record<string, HyperParameter>>,
  group: string,
  seconds: number,
): Uint8Array {
  return encodeMessage((data) =>
    data.int(1, 0).message(3, (session) => {
      for (const [name, value] of Object.entries(values)) {
        session.message(1, (entry) =>
          // an entry of map<string, google.protobuf.Value>
          entry.string(1, name).message(2, (slot) => writeValue(slot, value)));
      }
      session.string(4, group).double(5, seconds);
    })
  );
}

/** The plugin data that close a session. */
export function sessionEndContent(status: SessionStatus, seconds: number): Uint8Array {
  return encodeMessage((data) =>
    data.int(1, 0).message(4, (end) => end.int(1, status === "success" ? 1 : 2).double(2, seconds))
  );
}

function typeOf(value: HyperParameter): number {
  return { string: 1, boolean: 2, number: 3 }[typeof value as "string" | "boolean" | "number"];
}

function writeValue(slot: ProtoWriter, value: HyperParameter): void {
  if (typeof value === "number") slot.double(2, value);
  else if (typeof value === "string") slot.string(3, value);
  else slot.bool(4, value);
}
