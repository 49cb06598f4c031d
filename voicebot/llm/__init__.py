"""The language model, whichever server speaks OpenAI's protocol; the only room that imports openai."""
