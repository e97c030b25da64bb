"""The parts of Studies: its fields, the job, the list of tasks, and the report by tasks."""
