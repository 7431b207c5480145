// Pictures: painted here, made from a file, drawn where they arrive.

/** The app takes 256 kB; a photograph of this width is far below that. */
const WIDTH = 480;
const HEIGHT = 360;
const QUALITY = 0.85;

export interface Painted {
  caption: string;
  image: Uint8Array;
}

/** Paints a landscape that nobody has seen before. */
export async function paint(): Promise<Painted> {
  const canvas = blank(WIDTH, HEIGHT);
  const context = contextOf(canvas);
  const night = Math.random() < 0.35;
  const hue = pick(night ? [225, 260, 195] : [25, 45, 195, 330]);
  const sky = context.createLinearGradient(0, 0, 0, HEIGHT);
  sky.addColorStop(0, `hsl(${hue} 60% ${night ? 14 : 72}%)`);
  sky.addColorStop(1, `hsl(${hue + 30} 80% ${night ? 38 : 90}%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, WIDTH, HEIGHT);

  const bodies = night ? 1 : pick([1, 1, 1, 2]);
  for (let body = 0; body < bodies; body++) {
    context.fillStyle = night ? "hsl(50 70% 90%)" : `hsl(${hue === 195 ? 45 : hue + 15} 95% ${62 - body * 8}%)`;
    context.beginPath();
    context.arc(between(70, WIDTH - 70), between(60, 150), between(22, 52), 0, 2 * Math.PI);
    context.fill();
  }
  const ground = hue + pick([100, 130, 160]);
  const ranges = pick([4, 5, 6]);
  for (let range = 0; range < ranges; range++) {
    const top = 150 + (range * (HEIGHT - 150)) / ranges;
    const lightness = (night ? 34 : 66) - (range * (night ? 26 : 44)) / ranges;
    context.fillStyle = `hsl(${ground + range * 7} ${28 + range * 5}% ${lightness}%)`;
    hills(context, top, between(14, 40), between(50, 120));
  }
  const things = bodies > 1 ? "Two suns" : night ? "Moonlight" : "Daylight";
  return { caption: `${things}, ${ranges} hills`, image: await bytes(canvas, "image/png") };
}

function hills(context: CanvasRenderingContext2D, top: number, height: number, width: number) {
  const shift = between(0, 1000);
  context.beginPath();
  context.moveTo(0, HEIGHT);
  for (let x = 0; x <= WIDTH; x += 4) {
    context.lineTo(x, top + height * Math.sin((x + shift) / width) + (height / 3) * Math.sin((x + shift) / (width / 2.7)));
  }
  context.lineTo(WIDTH, HEIGHT);
  context.fill();
}

/** Makes a picture of a file, small enough to travel. Other files are sent as they are: the app has the last word. */
export async function ofFile(file: File): Promise<Painted> {
  const caption = file.name.replace(/\.[^.]*$/, "").slice(0, 80);
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, WIDTH / Math.max(bitmap.width, bitmap.height));
    const canvas = blank(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
    contextOf(canvas).drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return { caption, image: await bytes(canvas, "image/jpeg") };
  } catch {
    return { caption, image: new Uint8Array(await file.arrayBuffer()) };
  }
}

/** Draws what has arrived: an `ArrayBuffer` in browsers. */
export async function draw(canvas: HTMLCanvasElement, image: ArrayBuffer | Uint8Array) {
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(image)]));
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  contextOf(canvas).drawImage(bitmap, 0, 0);
}

function blank(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw");
  return context;
}

function bytes(canvas: HTMLCanvasElement, type: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(async (blob) => {
      if (blob) resolve(new Uint8Array(await blob.arrayBuffer()));
      else reject(new Error("this browser cannot keep a picture"));
    }, type, QUALITY);
  });
}

const between = (least: number, most: number) => least + Math.random() * (most - least);

function pick<T>(choices: [T, ...T[]]): T {
  return choices[Math.floor(Math.random() * choices.length)] ?? choices[0];
}
