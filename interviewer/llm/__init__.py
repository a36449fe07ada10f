"""Any OpenAI-compatible server: one question to a model, one validated reply or one reason."""
