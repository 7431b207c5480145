// Drawing on the whiteboard's page with the mouse.

/** Draws from point to point, in units of the board (1600 by 1200). */
export async function stroke(page, points, { steps = 8 } = {}) {
  const box = await page.getByTestId("board").boundingBox();
  const [first, ...others] = points.map(([x, y]) => [box.x + (x * box.width) / 1600, box.y + (y * box.height) / 1200]);
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const point of others) await page.mouse.move(...point, { steps });
  await page.mouse.up();
}
