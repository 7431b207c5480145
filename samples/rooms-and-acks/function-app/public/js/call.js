// Emitting with an acknowledgement, as a promise.
//
// The library has `emitWithAck`, which gives the first argument of an acknowledgement. Here an answer is the whole list: it
// may have any length, and its length says whether it is a refusal.
/** The service may have to wait for a function that is just starting. */
const LIMIT = 15_000;
/**
 * Makes a function that emits events of one socket and resolves to what their callbacks get. It rejects where no answer
 * comes: because the function failed, say, or because the connection is gone.
 */
export function caller(socket, witness) {
    return function call(name, ...args) {
        const ended = witness(name, args);
        return new Promise((resolve, reject) => {
            const settle = (late, ...answer) => {
                ended(late ?? answer);
                if (late)
                    reject(late);
                else
                    resolve(answer);
            };
            // What is emitted while the connection is away would be kept, and sent later to a room that the socket is not in.
            if (!socket.connected)
                return settle(new Error("not connected"));
            // The library's types know the events one by one, and not as a parameter: inside this function they are left behind.
            socket.timeout(LIMIT).emit(name, ...args, settle);
        });
    };
}
