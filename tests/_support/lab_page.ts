import assert from "node:assert/strict";
import type { BrowserContext, Locator, Page, Request } from "playwright-core";
import { type Notebook, readNotebook } from "@tome/tome/notebook";
import type { Lab } from "./lab.ts";

/** What a cell that ran looks like. */
export interface CellSeen {
  /** What stands before it, such as `[3]:`. */
  prompt: string;
  /** How many outputs it shows. */
  outputs: number;
}

/** What a cell showed at a moment. */
export interface Moment {
  /** Whether it was running. */
  running: boolean;
  /** How many outputs it had. */
  outputs: number;
  /** Their text, with spaces for line ends. */
  text: string;
  /** The address of their first picture, which holds the picture. */
  picture: string;
}

/** Whether JupyterLab asks its server to write a file. */
function isWrite(request: Request): boolean {
  return request.method() === "PUT" && request.url().includes("/api/contents/");
}

/** A notebook in JupyterLab, used as a person does: with the mouse and the keys. */
export class LabPage {
  /** What the page reported as errors: on its console, uncaught, or of requests that failed. */
  readonly errors: string[] = [];
  /** How many files JupyterLab is writing. */
  #underWay = 0;

  private constructor(
    readonly lab: Lab,
    /** The page in the browser. */
    readonly page: Page,
    /** Where the notebook lies in the folder. */
    readonly path: string,
  ) {
    page.setDefaultTimeout(60_000); // for what takes a second on an idle machine
    page.on("console", (message) => {
      if (message.type() === "error") {
        this.errors.push(`${message.text()} (${message.location().url})`);
      }
    });
    const ended = (request: Request) => void (this.#underWay -= Number(isWrite(request)));
    page.on("request", (request) => void (this.#underWay += Number(isWrite(request))));
    page.on("requestfinished", ended);
    page.on("requestfailed", ended);
    page.on("pageerror", (error) => this.errors.push(`uncaught: ${error.stack ?? error}`));
    page.on("response", (response) => {
      if (response.status() >= 400) this.errors.push(`${response.status()}: ${response.url()}`);
    });
  }

  /** Opens a notebook and waits until its cells are drawn and our kernel is there and idle. */
  static async open(browser: BrowserContext, lab: Lab, path: string): Promise<LabPage> {
    const page = await browser.newPage();
    const opened = new LabPage(lab, page, path);
    await page.goto(lab.address(path));
    const { cells } = await opened.saved();
    await page.waitForFunction(
      (count) => document.querySelectorAll(".jp-Notebook .jp-Cell").length === count,
      cells.length,
    );
    // before it has a kernel, it is idle too, and asks for one when a cell is run
    await page.locator(".jp-Toolbar-kernelName", { hasText: "Tome (Deno)" }).waitFor();
    await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
    return opened;
  }

  /** The code cells. */
  get codeCells(): Locator {
    return this.page.locator(".jp-Notebook .jp-CodeCell");
  }

  /** Chooses "Run All Cells" from the menu. */
  async runAll(): Promise<void> {
    await this.#starts(0, async () => {
      await this.page.locator(".lm-MenuBar-item", { hasText: /^Run$/ }).click();
      await this.page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click();
    });
  }

  /** Runs one code cell with the Run button. */
  async runCell(number: number): Promise<void> {
    await this.#starts(number, async () => {
      await this.codeCells.nth(number).locator(".jp-InputPrompt").click();
      await this.press("notebook:run-cell-and-select-next");
    });
  }

  /** Presses a button of the notebook's toolbar, by its command. */
  async press(command: string): Promise<void> {
    await this.page.locator(`.jp-NotebookPanel-toolbar [data-command="${command}"]`).click();
  }

  /** Waits until a code cell has ended, which is when it has a number. */
  async cellEnded(number: number, timeout: number): Promise<void> {
    const prompt = this.codeCells.nth(number).locator(".jp-InputPrompt");
    try {
      await prompt.filter({ hasText: /^\[\d+\]:$/ }).waitFor({ timeout });
    } catch (cause) {
      await this.picture("late");
      const cells = JSON.stringify(await this.cells());
      throw new Error(
        `Code cell ${
          number + 1
        } has not ended after ${timeout} ms: the cells are ${cells}, errors ` +
          `are ${this.errors}, and the server wrote ${this.lab.log().slice(-2000)}`,
        { cause },
      );
    }
  }

  /**
   * Writes down what a code cell shows, each time that it changes.
   *
   * @returns What gives the moments so far.
   */
  async watch(number: number): Promise<() => Promise<Moment[]>> {
    const moments = await this.codeCells.nth(number).evaluateHandle((cell) => {
      const list: Moment[] = [];
      new MutationObserver(() => {
        const outputs = [...cell.querySelectorAll(".jp-OutputArea-output")];
        list.push({
          running: cell.querySelector(".jp-InputPrompt")?.textContent === "[*]:",
          outputs: outputs.length,
          text: outputs.map((node) => node.textContent).join(" ").replace(/\s+/g, " "),
          picture: cell.querySelector("img")?.src ?? "",
        });
      }).observe(cell, { childList: true, subtree: true, characterData: true, attributes: true });
      return list;
    });
    return () => moments.jsonValue();
  }

  /** Waits until JupyterLab says whether it runs the scripts in the notebook's outputs. */
  async saysTrusted(trusted: boolean): Promise<void> {
    const icon = `ui-components:${trusted ? "trusted" : "not-trusted"}`;
    await this.page.locator(`.jp-StatusItem-trust [data-icon="${icon}"]`).waitFor();
  }

  /** Chooses "Trust Notebook" from the palette of commands, and agrees. */
  async trust(): Promise<void> {
    const line = this.page.locator(".lm-CommandPalette-input");
    await this.#until(
      () => this.page.keyboard.press("Control+Shift+c"),
      (timeout) => line.waitFor({ timeout }),
    );
    await line.fill("Trust Notebook");
    await this.page.locator('.lm-CommandPalette-item[data-command="notebook:trust"]').click();
    await this.#writes(() => this.page.locator(".jp-Dialog-button.jp-mod-accept").click());
    await this.saysTrusted(true);
  }

  /** What the code cells look like. */
  cells(): Promise<CellSeen[]> {
    return this.codeCells.evaluateAll((cells) =>
      cells.map((cell) => ({
        prompt: cell.querySelector(".jp-InputPrompt")?.textContent ?? "",
        outputs: cell.querySelectorAll(".jp-OutputArea-output").length,
      }))
    );
  }

  /** The text of a code cell's outputs. */
  async output(number: number): Promise<string> {
    return (await this.codeCells.nth(number).locator(".jp-OutputArea-output").allInnerTexts())
      .join("\n");
  }

  /** Presses the Save button and reads the file that JupyterLab has written. */
  async save(): Promise<Notebook> {
    await this.#writes(() => this.press("docmanager:save"));
    return await this.saved();
  }

  /** Acts, and waits until JupyterLab has written the file that this makes it write. */
  async #writes(act: () => Promise<void>): Promise<void> {
    const asked = this.page.waitForRequest(isWrite);
    await act();
    const answer = await (await asked).response();
    assert.ok(answer?.ok(), `JupyterLab could not write ${this.path}: ${answer?.status()}`);
    // what it writes of itself every two minutes may be under way too, and the file is then in parts
    while (this.#underWay > 0) await this.page.waitForTimeout(50);
  }

  /** The file as it is. */
  saved(): Promise<Notebook> {
    return readNotebook(`${this.lab.folder}/${this.path}`);
  }

  /** Pictures what is in sight and each code cell, if `TOME_SCREENSHOTS` names a folder. */
  async picture(name: string): Promise<void> {
    const folder = Deno.env.get("TOME_SCREENSHOTS");
    if (!folder) return;
    await Deno.mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: `${folder}/${name}.png` });
    for (const [i, cell] of (await this.codeCells.all()).entries()) {
      await cell.screenshot({ path: `${folder}/${name}_${i + 1}.png` });
    }
  }

  /** Acts until a code cell starts, which its mark shows at once. */
  async #starts(number: number, act: () => Promise<void>): Promise<void> {
    const prompt = this.codeCells.nth(number).locator(".jp-InputPrompt");
    const before = await prompt.innerText();
    await this.#until(act, async (timeout) => {
      const started = prompt.filter({ hasText: /[*\d]/ });
      await (/\d/.test(before) ? started.filter({ hasNotText: before }) : started)
        .waitFor({ timeout });
    });
  }

  /** Acts until it has been heeded: JupyterLab ignores keys and buttons while it is still loading. */
  async #until(act: () => Promise<void>, heeded: (timeout: number) => Promise<void>) {
    for (let tries = 1; tries < 10; tries++) {
      await act();
      try {
        return await heeded(3000);
      } catch (error) {
        if ((error as Error).name !== "TimeoutError") throw error;
      }
    }
    await act();
    await heeded(10_000);
  }

  /** Fails if the page reported an error. */
  assertNoErrors(): void {
    assert.deepEqual(this.errors, []);
  }

  /** Closes the page and ends its kernel. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
    await this.lab.endKernels();
  }
}
