// Plain files in `out/`, for any web server. Nothing for the package: leave the line out where a server is wanted.
export default { output: "export" };
