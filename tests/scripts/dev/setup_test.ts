import assert from "node:assert/strict";
import { environment, type Machine } from "../../../scripts/dev/machine.ts";
import { setUp } from "../../../scripts/dev/setup.ts";

const DEBIAN =
  `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n`;
const UBUNTU = `NAME="Ubuntu"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n`;

/** A machine that exists in memory: what it has, what its programs answer, and what was done to it. */
class Fake implements Machine {
  os = "linux";
  root = true;
  variables: Record<string, string> = {};
  files: Record<string, string> = { "/etc/os-release": DEBIAN };
  libraries: string[] = [];
  driver: string | undefined;
  sources = "500 http://mirror.example/debian bookworm/main amd64 Packages";
  broken: string | undefined;
  ran: string[] = [];
  said: string[] = [];

  env(name: string) {
    return this.variables[name];
  }
  read(path: string) {
    return this.files[path];
  }
  write(path: string, text: string) {
    this.files[path] = text;
    if (path.startsWith("/etc/apt/")) this.sources += " bookworm-backports/main";
  }
  run(command: string, args: string[]) {
    const line = [command.replace(/.*\//, ""), ...args].join(" ");
    this.ran.push(line);
    if (this.broken && line.includes(this.broken)) {
      return Promise.resolve({
        success: false,
        output: "Reading\nE: Temporary failure resolving\n",
      });
    }
    if (line.startsWith("apt-get install") && line.includes("openblas")) {
      this.libraries.push("libopenblas.so.0");
    }
    if (line.startsWith("apt-get install") && line.includes("mesa")) this.driver = "llvmpipe";
    return Promise.resolve({
      success: true,
      output: line === "apt-cache policy" ? this.sources : "",
    });
  }
  loads(library: string) {
    return this.libraries.includes(library);
  }
  adapter() {
    return Promise.resolve(this.driver);
  }
  say(line: string) {
    this.said.push(line);
  }
  get apt(): string[] {
    return this.ran.filter((line) => line.startsWith("apt-get"));
  }
}

const fake = (more: Partial<Fake> = {}) => Object.assign(new Fake(), more);

Deno.test("setUp() installs nothing where everything is there", async () => {
  const machine = fake({ libraries: ["libopenblas.so.0"], driver: "some GPU" });
  await setUp({ machine, tests: true });
  assert.deepEqual(machine.apt, []);
  assert.match(machine.said.join("\n"), /BLAS: there \(libopenblas.so.0\)/);
  assert.match(machine.said.join("\n"), /WebGPU adapter: there \(some GPU\)/);
});

Deno.test("setUp() installs OpenBLAS on Debian, and the driver for the tests only", async () => {
  const machine = fake();
  await setUp({ machine });
  assert.deepEqual(machine.apt, [
    "apt-get update",
    "apt-get install -y --no-install-recommends libopenblas0-pthread",
  ]);
  assert.match(machine.said.join("\n"), /BLAS: installed \(libopenblas.so.0\)/);
  assert.doesNotMatch(machine.said.join("\n"), /WebGPU/);
});

Deno.test("setUp() takes the driver from backports on Debian 12, from its own mirror", async () => {
  const machine = fake({ libraries: ["libopenblas.so.0"] });
  await setUp({ machine, tests: true });
  assert.equal(
    machine.files["/etc/apt/sources.list.d/tome-backports.list"],
    "deb http://mirror.example/debian bookworm-backports main\n",
  );
  assert.deepEqual(machine.apt, [
    "apt-get update",
    "apt-get update",
    "apt-get install -y --no-install-recommends -t bookworm-backports mesa-vulkan-drivers",
  ]);
  assert.match(machine.said.at(-1)!, /WebGPU adapter: installed \(llvmpipe\)/);
});

Deno.test("setUp() adds no source where backports are listed already", async () => {
  const machine = fake({ libraries: ["libopenblas.so.0"] });
  machine.sources += " bookworm-backports/main";
  await setUp({ machine, tests: true });
  assert.deepEqual(Object.keys(machine.files), ["/etc/os-release"]);
});

Deno.test("setUp() takes the release's own driver where backports fail, and on Ubuntu", async () => {
  const debian = fake({ libraries: ["libopenblas.so.0"], broken: "-t bookworm-backports" });
  await setUp({ machine: debian, tests: true });
  assert.equal(debian.apt.at(-1), "apt-get install -y --no-install-recommends mesa-vulkan-drivers");
  const ubuntu = fake({
    libraries: ["libopenblas.so.0"],
    files: { "/etc/os-release": UBUNTU },
  });
  await setUp({ machine: ubuntu, tests: true });
  assert.equal(ubuntu.apt.at(-1), "apt-get install -y --no-install-recommends mesa-vulkan-drivers");
  assert.deepEqual(Object.keys(ubuntu.files), ["/etc/os-release"]);
});

Deno.test("setUp() says what to do without root, without Debian, and without network", async () => {
  const said = async (more: Partial<Fake>) => {
    const machine = fake(more);
    await setUp({ machine, tests: true });
    return { lines: machine.said.join("\n"), apt: machine.apt };
  };
  const user = await said({ root: false });
  assert.match(user.lines, /BLAS: none, as only root .*sudo apt-get install libopenblas0-pthread/);
  assert.match(user.lines, /WebGPU adapter: none, .*sudo apt-get install mesa-vulkan-drivers/);
  assert.deepEqual(user.apt, []);
  const fedora = await said({ files: { "/etc/os-release": "ID=fedora\n" } });
  assert.match(fedora.lines, /BLAS: none, install an OpenBLAS with your package manager/);
  const offline = await said({ broken: "update" });
  assert.match(
    offline.lines,
    /apt-get update fails: E: Temporary failure resolving; check the net/,
  );
  const windows = await said({ os: "windows", files: {} });
  assert.match(windows.lines, /BLAS: none, install an OpenBLAS by hand; without it/);
});

Deno.test("setUp() says that packages could not be fetched, and goes on", async () => {
  const machine = fake({ broken: "install --quiet" });
  await setUp({ machine });
  assert.match(machine.said[1]!, /npm packages: not all could be fetched, E: Temporary failure/);
  assert.match(machine.said.at(-1)!, /BLAS: installed/);
});

Deno.test("setUp() does nothing if TOME_NO_INSTALL is set", async () => {
  const machine = fake({ variables: { TOME_NO_INSTALL: "1" } });
  await setUp({ machine, tests: true });
  assert.deepEqual(machine.said, ["Set-up: skipped, as TOME_NO_INSTALL is set"]);
  assert.deepEqual(machine.ran, []);
});

Deno.test("setUp() turns a surprise into a line", async () => {
  const machine = fake();
  machine.adapter = () => Promise.reject(new Error("no such thing"));
  await setUp({ machine, tests: true });
  assert.match(machine.said.at(-1)!, /adapter: left as it is, Error: no such thing/);
});

Deno.test("environment() names a folder for Vulkan's sockets only where none is named", () => {
  assert.equal(environment(fake()).XDG_RUNTIME_DIR, "/tmp");
  const own = fake({ variables: { XDG_RUNTIME_DIR: "/run/user/0" } });
  assert.equal(environment(own).XDG_RUNTIME_DIR, undefined);
});
