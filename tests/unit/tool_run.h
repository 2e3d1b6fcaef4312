/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tool itself in a process of its own: modules, providers and engines keep state in one.
 */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

/* The most words of a line */
#define TOOL_WORDS 32

/* Becomes the tool at @tool with the words of @line, between which there is one blank; does not return. */
void tool_exec(const char *tool, const char *line);

/*
 * Runs it.  What it says is in the file "said"; what it prints is lost.  @prepare(@how) is called in its
 * process before, for its environment.  Return: its exit status
 */
int tool_run(const char *tool, const char *line, void (*prepare)(const char *how), const char *how);

#endif
