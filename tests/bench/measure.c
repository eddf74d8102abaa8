/*
 * measure.c REPORT ARGV... - run a command from a small process: "CPU-SECONDS PEAK-KB
 * WALL-SECONDS STATUS" goes to the file REPORT.
 *
 * The kernel counts into a process's peak what its memory was before it became another program,
 * so that a command started from a large one can't be measured from there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct rusage used;
	int status;

	if (argc < 3)
		return 2;
	double start = now();
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) != child)
		return 1;
	double wall = now() - start;
	FILE *report = fopen(argv[1], "w");
	if (!report)
		return 1;
	fprintf(report, "%.6f %ld %.6f %d\n", seconds(used.ru_utime) + seconds(used.ru_stime),
		used.ru_maxrss, wall, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return fclose(report) == 0 ? 0 : 1;
}
