// The pinned web framework, for a handler in another folder.

export { default as fastify } from "fastify";
