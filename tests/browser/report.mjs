// What was claimed, what held and what did not, and the summary at the end.
export class Report {
  #held = 0;
  #failures = [];
  #facts = [];
  #run = '';
  #started = Date.now();

  /** Names the run that the following claims belong to. */
  begin(run) {
    this.#run = run;
    console.log(`\n${run}`);
  }

  /** One claim. It is recorded, not thrown, so that one fault does not hide the next. */
  check(claim, holds, detail = '') {
    if (holds) {
      this.#held += 1;
      return true;
    }
    const line = `${this.#run}: ${claim}${detail ? `\n    ${String(detail).slice(0, 1500)}` : ''}`;
    this.#failures.push(line);
    console.log(`  FAILED ${claim}${detail ? `: ${String(detail).slice(0, 600)}` : ''}`);
    return false;
  }

  equal(claim, actual, expected) {
    return this.check(claim, actual === expected, `expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }

  /** Runs one step; what it throws is a failure. Answers whether the step came to its end. */
  async step(name, action) {
    const started = Date.now();
    try {
      await action();
      this.#held += 1;
      console.log(`  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      return true;
    } catch (error) {
      this.check(name, false, error?.stack ?? error);
      return false;
    }
  }

  /** A measured figure for the summary. */
  fact(name, value) {
    this.#facts.push(`${name}: ${value}`);
  }

  /** Prints the summary; answers with the exit code. */
  finish() {
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(0);
    if (this.#facts.length) console.log(`\n${this.#facts.join('\n')}`);
    console.log(`\n${this.#held} claims held, ${this.#failures.length} failed, in ${seconds} s`);
    for (const failure of this.#failures) console.log(`- ${failure}`);
    return this.#failures.length ? 1 : 0;
  }
}
