import adapter from "@sveltejs/adapter-static";

// Plain files in `build/`, for any web server; another adapter where a server is wanted.
export default { kit: { adapter: adapter() } };
