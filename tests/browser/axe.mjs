// axe-core inside the page. It is evaluated, as the pages' own policy refuses a script tag.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const source = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The violations of the page as it stands, a line for each element. */
export async function violations(page) {
  await page.evaluate(`${source};0`);
  const result = await page.evaluate((values) => axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }), tags);
  return result.violations.flatMap((violation) => violation.nodes.map((node) => {
    const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join('; ');
    return `${violation.id} at ${node.target.flat().join(' ')}: ${why}`;
  }));
}
