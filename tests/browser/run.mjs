// The browser journey: `node run.mjs` for all of it, `node run.mjs shots` for the pictures in the README.
// An argument such as `sqlite` or `noscript` runs only what has it in its name.
import fs from 'node:fs';
import { journey } from './journey.mjs';
import { launch } from './pages.mjs';
import { Report } from './report.mjs';
import { databases, screenshots } from './server.mjs';
import { shots } from './shots.mjs';

const [wanted = ''] = process.argv.slice(2);
const report = new Report();
const browser = await launch();
try {
  if (wanted === 'shots') {
    await report.step('pictures', () => shots(browser, report));
  } else {
    if (!wanted) fs.rmSync(screenshots, { recursive: true, force: true });
    for (const kind of databases()) {
      for (const scripts of [true, false]) {
        const name = `${kind} ${scripts ? 'scripts' : 'noscript'}`;
        // The pages are the same on every database, so one run inspects them all.
        if (name.includes(wanted)) await journey(browser, report, { kind, scripts, inspect: kind === 'sqlite' });
      }
    }
  }
} finally {
  await browser.close();
}
process.exitCode = report.finish();
