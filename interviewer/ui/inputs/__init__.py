"""Where answers come from: lines of a pipe, the editor of a terminal, or a microphone."""
