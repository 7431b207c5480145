// A room: its wall, and what can be done in it.
import { button, make } from "./dom.js";
import { draw, ofFile, paint } from "./picture.js";
const MOST_PICTURES = 6;
export class RoomCard {
    element;
    #inside = false;
    #busy = false;
    #reachable = false;
    #room;
    #doings;
    #door;
    #tools;
    #wall = make("ul", { className: "wall", dataset: { testid: "wall" } });
    #news = make("p", { className: "news", dataset: { testid: "news" } });
    #file = make("input", { type: "file", accept: "image/*", hidden: true, dataset: { testid: "file" } });
    constructor(room, doings) {
        this.#room = room;
        this.#doings = doings;
        this.#door = button("Enter", "door", () => this.#pass());
        this.#file.onchange = () => this.#choose();
        this.#tools = make("div", { className: "tools" }, button("Paint", "paint", async () => this.#show(await paint())), button("File…", "choose", () => this.#file.click()), button("Wave", "wave", () => this.#wave()), this.#file);
        this.#news.role = "status";
        this.element = make("section", { className: "room", dataset: { testid: "room", room } }, make("header", {}, make("h2", { textContent: room }), this.#door), this.#wall, this.#news, this.#tools);
        this.#update();
    }
    get inside() {
        return this.#inside;
    }
    /** Whether the app can be asked for anything. */
    set reachable(reachable) {
        this.#reachable = reachable;
        this.#update();
    }
    /** Goes in again after the connection was away: a new socket is in no room. */
    async return() {
        if (!this.#inside)
            return;
        try {
            await this.#doings.enter(this.#room);
        }
        catch {
            this.thrownOut("No answer came. Please enter again.");
        }
    }
    /** Is outside all of a sudden, for this reason. */
    thrownOut(reason) {
        this.#inside = false;
        this.#wall.replaceChildren();
        this.#update();
        this.tell(reason);
    }
    hang({ caption, from, image }) {
        const canvas = make("canvas", { dataset: { testid: "picture" } });
        canvas.role = "img";
        canvas.ariaLabel = caption || "A picture without a name";
        const words = make("p", {}, make("b", { textContent: from }), ` ${caption}`);
        const entry = make("li", { dataset: { from, caption } }, canvas, words);
        this.#wall.prepend(entry);
        while (this.#wall.childElementCount > MOST_PICTURES)
            this.#wall.lastElementChild?.remove();
        draw(canvas, image).then(() => (entry.dataset.drawn = "yes"), () => canvas.replaceWith(make("p", { className: "broken", textContent: "This picture cannot be drawn." })));
    }
    /** Says what has happened here. */
    tell(text) {
        this.#news.textContent = text;
    }
    async #pass() {
        await this.#try(async () => {
            // Pictures may come before the acknowledgement does, so the wall is made ready first.
            this.tell("");
            this.#wall.replaceChildren();
            if (this.#inside)
                await this.#doings.leave(this.#room);
            else
                await this.#doings.enter(this.#room);
            this.#inside = !this.#inside;
            this.#doings.moved();
        });
    }
    async #choose() {
        const file = this.#file.files?.[0];
        if (!file)
            return;
        const picture = await ofFile(file);
        this.#file.value = "";
        await this.#show(picture);
    }
    async #show(picture) {
        await this.#try(async () => {
            // The app leaves out who showed it, so the own wall gets it from here, and only when the app has taken it.
            const { caption, image } = picture;
            if (await this.#doings.show(this.#room, picture))
                this.hang({ caption, image, from: "You" });
        });
    }
    #wave() {
        this.#doings.wave(this.#room);
        this.tell("You wave.");
    }
    /** Does one thing at a time, and says so when no acknowledgement came. */
    async #try(work) {
        if (this.#busy)
            return;
        this.#busy = true;
        this.#update();
        try {
            await work();
        }
        catch {
            this.tell("No answer came. Please try again.");
        }
        this.#busy = false;
        this.#update();
    }
    #update() {
        this.element.dataset.inside = this.#inside ? "yes" : "no";
        this.#door.textContent = this.#inside ? "Leave" : "Enter";
        this.#door.className = this.#inside ? "" : "primary";
        this.#door.disabled = this.#busy || !this.#reachable;
        for (const tool of this.#tools.querySelectorAll("button"))
            tool.disabled = this.#door.disabled || !this.#inside;
    }
}
