/**
 * Compares the devices, forward and backward, with float64 references, with each other, and with finite differences.
 *
 * Run it on every new TensorFlow.js, Deno or GPU:
 *
 *     deno run -A scripts/dev/conformance.ts
 *     deno run -A scripts/dev/conformance.ts --device=webgpu --only=matMul
 *     deno run -A scripts/dev/conformance.ts --device=cpu,wasm --json=conformance.json
 *     deno run -A scripts/dev/conformance.ts --list
 *
 * It exits with 1 if a case fails.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { currentDevice, type DeviceName } from "@tome/tome/tensor";
import { DEVICES, enter } from "../../tests/_support/devices.ts";
import { GROUPS } from "../../tests/conformance/cases/mod.ts";
import { type Result, Suite, TENSORFLOW } from "../../tests/conformance/suite.ts";

const { values: flags } = parseArgs({
  options: {
    device: { type: "string" }, // cpu | wasm | webgpu, or several with commas; all of them by default
    only: { type: "string" }, // part of a case's or a group's name, or a regular expression
    json: { type: "string" }, // where the results go
    list: { type: "boolean", default: false }, // print the cases, run none
  },
});

const pattern = new RegExp(flags.only ?? "", "i");
const groups = GROUPS.map(([name, cases]) =>
  [name, cases.filter((c) => pattern.test(c.name) || pattern.test(name))] as const
).filter(([, cases]) => cases.length > 0);
const count = groups.reduce((n, [, cases]) => n + cases.length, 0);

if (count === 0) {
  console.error(`Cannot compare anything as a case must match --only: current is ${flags.only}`);
  Deno.exit(1);
}
if (flags.list) {
  for (const [name, cases] of groups) {
    console.log(`${name} (${cases.length})`);
    for (const c of cases) console.log(`  ${c.name}`);
  }
  console.log(`${count} cases in ${groups.length} groups`);
  Deno.exit(0);
}

const devices = flags.device ? flags.device.split(",") as DeviceName[] : DEVICES;
const versions = {
  deno: Deno.version.deno,
  v8: Deno.version.v8,
  tfjs: TENSORFLOW,
};
console.log(
  `${count} cases on ${
    devices.join(", ")
  }; Deno ${versions.deno}, V8 ${versions.v8}, TensorFlow.js ${versions.tfjs}`,
);

const suite = new Suite();
const results: (Result & { group: string })[] = [];
const described: Record<string, string> = {};
for (const device of devices) {
  await enter(device);
  const { adapter, wasm } = currentDevice().report;
  described[device] = adapter?.description ??
    (wasm ? `${wasm.matmul}, ${wasm.threads} threads` : "plain JavaScript");
  console.log(`\n${device}: ${described[device]}`);
  console.log(
    `${"group".padEnd(16)}${"cases".padStart(6)}${"passed".padStart(8)}${"forward".padStart(10)}${
      "gradient".padStart(10)
    }${"seconds".padStart(9)}`,
  );
  for (const [group, cases] of groups) {
    const start = performance.now(), here: Result[] = [];
    for (const c of cases) here.push(await suite.check(c, device));
    results.push(...here.map((r) => ({ ...r, group })));
    const passed = here.filter((r) => r.faults.length === 0);
    const worst = (errors: (number | undefined)[]) => {
      const known = errors.filter((e) => e !== undefined);
      return known.length ? Math.max(...known).toExponential(1) : "-";
    };
    console.log(
      group.padEnd(16) + String(here.length).padStart(6) + String(passed.length).padStart(8) +
        worst(passed.map((r) => r.forward)).padStart(10) + worst(passed.map((r) =>
          r.gradient
        )).padStart(10) +
        ((performance.now() - start) / 1000).toFixed(1).padStart(9),
    );
    for (const { name, faults } of here) {
      for (const f of faults) console.log(`  FAILED ${name} on ${device}: ${f}`);
    }
  }
}

const failed = results.filter((r) => r.faults.length > 0);
console.log(
  `\n${results.length - failed.length} of ${results.length} passed; ${failed.length} failed`,
);
if (flags.json) {
  const temporary = `${flags.json}.${crypto.randomUUID()}`;
  const finite = (_: string, v: unknown) => v === Infinity ? "Infinity" : v;
  await Deno.writeTextFile(
    temporary,
    JSON.stringify({ versions, devices: described, results }, finite, 2),
  );
  await Deno.rename(temporary, flags.json);
}
Deno.exit(failed.length > 0 ? 1 : 0);
