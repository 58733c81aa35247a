"""Runs jupyter_kernel_test against an installed kernel, in a kernel that has imported the library.

    python kernel_suite.py NAME

Prints a line of JSON for each test: its name, how it ended (passed, failed or skipped), the parts that failed, and why.
"""
import json
import sys
import unittest

import jupyter_kernel_test

NAME = sys.argv[1]
DISPLAY = "Deno.jupyter.display({%s}, { raw: true })"


class Kernel(jupyter_kernel_test.KernelTests):
    kernel_name = NAME
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    code_generate_error = "throw new RangeError('planted')"
    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "const numbers: number[] = [1, 2]; numbers.map((n) => n * n)", "result": "[ 1, 4 ]"},
        {"code": "0 / 0", "result": "NaN"},
        {"code": "2n ** 64n", "result": "18446744073709551616n"},
        {"code": "enum Sign { Minus, Plus } Sign[1]", "result": '"Plus"'},
        {"code": "await Promise.resolve('later')", "result": '"later"'},
        {"code": "new display.View({ 'text/plain': 'b', 'text/html': '<b>b</b>' })", "mime": "text/html"},
        {"code": "display.lineChart({ loss: [[1, 2], [2, 1]] })", "mime": "image/svg+xml"},
    ]
    code_display_data = [
        {"code": DISPLAY % "'text/html': '<b>bold</b>'", "mime": "text/html"},
        {"code": DISPLAY % "'image/png': 'iVBORw0KGgo='", "mime": "image/png"},
        {"code": DISPLAY % "'text/markdown': '**bold**'", "mime": "text/markdown"},
        {"code": DISPLAY % "'application/json': { a: 1 }", "mime": "application/json"},
    ]
    code_clear_output = "await Deno.jupyter.broadcast('clear_output', { wait: false })"
    completion_samples = [
        {"text": "Number.isSafeI", "matches": {"isSafeInteger"}},
        {"text": "display.lineCh", "matches": {"lineChart"}},
        {"text": "Deno.jupy", "matches": {"jupyter"}},
    ]
    complete_code_samples = ["1", "const a: number = 1;", "function f() {\n  return 1;\n}"]
    incomplete_code_samples = ["function f() {", "const a = [1,", "f("]
    invalid_code_samples = ["1 +* 2", "const = 3"]
    code_inspect_sample = "Number.isSafeInteger"
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1?2*"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kc.execute_interactive(
            "import * as display from '@tome/tome/display'; undefined", timeout=120
        )

    def execute_helper(self, *args, **options):
        """Waits longer than a tenth of a second for a message, as a busy machine needs it."""
        channel = self.kc.iopub_channel
        wait = channel.get_msg
        channel.get_msg = lambda timeout: jupyter_kernel_test.ensure_sync(wait)(timeout=timeout + 5)
        try:
            return super().execute_helper(*args, **options)
        finally:
            channel.get_msg = wait


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = NAME
    support_iopub_welcome = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        wait = cls.kc.get_iopub_msg  # which waits for ever
        cls.kc.get_iopub_msg = lambda: wait(timeout=10)


class Results(unittest.TestResult):
    """Remembers how each test ended, and which of its parts failed."""

    def __init__(self):
        super().__init__()
        self.ended = {}

    def startTest(self, test):
        super().startTest(test)
        self.ended[nameOf(test)] = {"how": "passed", "parts": [], "why": []}

    def fail(self, test, error, parts):
        ended = self.ended[nameOf(test)]
        ended["how"] = "failed"
        ended["parts"] += parts
        ended["why"].append(" ".join(f"{error[0].__name__}: {error[1]}".split()))

    def addFailure(self, test, error):
        self.fail(test, error, [])

    addError = addFailure

    def addSkip(self, test, reason):
        ended = self.ended[nameOf(getattr(test, "test_case", test))]
        if ended["how"] == "passed":
            ended.update(how="skipped", why=[reason])

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.fail(test, error, list(subtest.params.maps[0].values()))


def nameOf(test):
    return test.id().split(".")[-1].removeprefix("test_")


results = Results()
load = unittest.defaultTestLoader.loadTestsFromTestCase
unittest.TestSuite([load(Kernel), load(Welcome)]).run(results)
for name, ended in sorted(results.ended.items()):
    print(json.dumps({"name": name, **ended}))
