// A page by keyboard alone: what Tab reaches, in which order, whether its ring is seen and nothing lies over it.

/** Presses Tab until the element is focused; answers with the stops on the way, it included. */
export async function tabTo(page, selector, limit = 30) {
  const stops = [];
  while (stops.length < limit) {
    await page.keyboard.press('Tab');
    const stop = await focused(page, selector);
    stops.push(stop);
    if (stop.reached) return stops;
  }
  throw new Error(`Tab did not reach ${selector}: ${stops.map((stop) => stop.name).join(', ')}`);
}

/** Claims that hold of every stop. */
export function checkStops(report, where, stops) {
  for (const stop of stops) {
    report.check(`${where}: the ring of ${stop.name} is at least 2 px`, stop.ring >= 2, `${stop.ring} px, ${stop.style}`);
    report.check(`${where}: nothing lies over ${stop.name}`, stop.uncovered, stop.over);
  }
}

function focused(page, selector) {
  return page.evaluate((wanted) => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const spread = Math.max(0, ...[...style.boxShadow.matchAll(/ (\d+(?:\.\d+)?)px(?=,|$| inset)/g)].map(([, size]) => Number(size)));
    const outline = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
    return {
      name: element.id || element.name || element.textContent.trim().slice(0, 30) || element.tagName,
      ring: Math.max(outline, spread),
      style: `${style.outline}; ${style.boxShadow}`,
      uncovered: Boolean(over) && (element === over || element.contains(over) || over.contains(element) || [...(element.labels ?? [])].some((label) => label.contains(over))),
      over: over?.outerHTML.slice(0, 120),
      reached: element.matches(wanted),
    };
  }, selector);
}
