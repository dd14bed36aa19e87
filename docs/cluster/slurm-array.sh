#!/bin/sh
# Features in parts, by Slurm: DATA=… FEATURES=… sbatch --array=1-16 slurm-array.sh
# The folders lie on a file system that all machines see. A task that died: sbatch --array=7 … with
# PARTS=16 in the environment, because Slurm counts the tasks of the array that it is given.
#SBATCH --job-name=glimpse-features
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --requeue
exec glimpse features --data "$DATA" --features "$FEATURES" --preset "${PRESET:-glimpse}" \
  --part "$SLURM_ARRAY_TASK_ID/${PARTS:-$SLURM_ARRAY_TASK_COUNT}"
