"""Approved sentences: decisions in, sentences to speak out. House phrases and safety scripts are files beside this one."""
