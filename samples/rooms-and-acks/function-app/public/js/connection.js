// One connection with two sockets: the house, which is the main namespace, and the keeper's desk.
//
// The client library can reconnect too, but it would come back with the token of its first attempt, which expires. So
// its own loop is off, and each attempt here begins with a fresh token.
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const NEGOTIATE_LIMIT = 10_000;
/** Connects a visitor and stays connected, until somebody says no. Returns a function that does it again. */
export function openConnection(visitor, listeners) {
    let house;
    let failures = 0;
    let pause; // runs between two attempts
    async function attempt() {
        clearTimeout(pause);
        pause = undefined;
        listeners.state("connecting");
        try {
            const address = await negotiate(visitor);
            if (house) {
                house.io.opts.query = { access_token: address.token };
                house.connect();
            }
            else {
                house = create(address);
            }
        }
        catch (error) {
            if (error instanceof Rejected)
                listeners.rejected(error.message);
            else
                retryLater();
        }
    }
    function create({ endpoint, path, token }) {
        const socket = window.io(endpoint, { path, query: { access_token: token }, reconnection: false, autoConnect: false });
        // Another namespace is another socket on the same connection. Its handshake shows the same token.
        const desk = socket.io.socket("/keeper");
        socket.on("connect", () => {
            failures = 0;
            listeners.state("connected");
        });
        socket.on("connect_error", (error) => {
            // What the app said has data; what the service or the network said has not.
            const { data } = error;
            if (data?.final)
                listeners.rejected(error.message);
            else
                retryLater();
        });
        socket.on("disconnect", (reason) => {
            if (reason === "io server disconnect")
                listeners.shownOut();
            else
                retryLater();
        });
        listeners.made(socket, desk);
        return socket.connect();
    }
    function retryLater() {
        if (pause !== undefined)
            return;
        listeners.state("offline");
        const longest = Math.min(FIRST_PAUSE * 2 ** failures++, LONGEST_PAUSE);
        // Everybody loses the connection at the same moment when a service restarts; chance spreads their return.
        pause = setTimeout(attempt, longest * (0.5 + Math.random() / 2));
    }
    attempt();
    return attempt;
}
/** The app gave no token. */
class Rejected extends Error {
}
/** Asks the functions where to connect, and for a token. */
async function negotiate(visitor) {
    const response = await fetch("negotiate", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(visitor),
        cache: "no-store",
        signal: AbortSignal.timeout(NEGOTIATE_LIMIT),
    });
    if (response.status === 400)
        throw new Rejected(await response.text());
    if (!response.ok)
        throw new Error(`negotiate answered with status ${response.status}`);
    return (await response.json());
}
