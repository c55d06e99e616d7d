#!/usr/bin/env bash
# A real SLURM of one node on this machine, with four simulated GPUs: to try the cluster code, and for its tests.
#   slurm/local.sh install     installs Debian's slurm-wlm, munge and shellcheck where they are missing
#   slurm/local.sh up DIR      starts munged, slurmctld and slurmd under DIR, and prints `export SLURM_CONF=...`
#   slurm/local.sh restart DIR kills the controller as a crash would, and starts it again
#   slurm/local.sh down DIR    stops exactly the daemons that it started
# Needs root and no systemd. A requeued job waits for `cred_expire` seconds, which are few here.
set -euo pipefail
cmd=${1:?install|up|restart|down}; D=$(realpath -m "${2:-.}")
port=${PUM_SLURM_PORT:-16817}; cpus=${PUM_SLURM_CPUS:-4}; gpus=${PUM_SLURM_GPUS:-4}
host=$(hostname -s)
up() {
  down
  mkdir -p "$D"/{state,spool,log,run,dev}; chmod 700 "$D"/run "$D"/state
  # A key and a socket of its own, so the system's munge is untouched.
  [ -f "$D/run/munge.key" ] || dd if=/dev/urandom of="$D/run/munge.key" bs=128 count=1 status=none
  chmod 400 "$D/run/munge.key"; chmod 711 "$D/run"
  munged --force --key-file="$D/run/munge.key" --socket="$D/run/munge.socket" --pid-file="$D/run/munged.pid" \
         --log-file="$D/log/munged.log" --seed-file="$D/run/munge.seed"
  # Simulated GPUs: SLURM accepts links to a device, but not plain files.
  for i in $(seq 0 $((gpus-1))); do ln -sfn /dev/null "$D/dev/gpu$i"; done
  cat > "$D/slurm.conf" <<CONF
ClusterName=pumtest
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$D/run/munge.socket,cred_expire=5
CredType=cred/munge
SlurmctldPort=$port
SlurmdPort=$((port+1))
StateSaveLocation=$D/state
SlurmdSpoolDir=$D/spool
SlurmctldPidFile=$D/run/slurmctld.pid
SlurmdPidFile=$D/run/slurmd.pid
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/slurmd.log
SlurmctldDebug=info
SlurmdDebug=info
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1,sched_min_interval=0
ReturnToService=2
JobRequeue=1
KillWait=5
OverTimeLimit=0
MinJobAge=300
MaxArraySize=1001
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=64000 Gres=gpu:$gpus State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=1-00:00:00 State=UP
CONF
  echo "NodeName=$host Name=gpu File=$D/dev/gpu[0-$((gpus-1))]" > "$D/gres.conf"
  printf 'CgroupPlugin=cgroup/v1\n' > "$D/cgroup.conf"
  export SLURM_CONF="$D/slurm.conf"
  slurmctld -f "$SLURM_CONF"
  slurmd -f "$SLURM_CONF"
  for _ in $(seq 100); do sinfo -h -o '%t' 2>/dev/null | grep -qE '^(idle|mix|alloc)$' && { echo "export SLURM_CONF=$SLURM_CONF"; return 0; }; sleep 0.1; done
  tail -n 20 "$D"/log/*.log >&2; return 1
}
install() {
  if [ "$(command -v slurmctld slurmd munged shellcheck | wc -l)" = 4 ]; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "slurm/local.sh: wants root and apt-get to install SLURM" >&2
    return 1
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge shellcheck > /dev/null
}
restart() {
  # The controller saves late which jobs it has started. Killed before that, it starts them again; SLURM then holds the jobs
  # and drains the node ("Duplicate jobid"), which only an administrator can repair. So wait for the save first.
  touch "$D/run/asked"; SLURM_CONF="$D/slurm.conf" scontrol reconfigure
  for _ in $(seq 300); do [ "$D/state/job_state" -nt "$D/run/asked" ] && break; sleep 0.1; done
  kill -9 "$(cat "$D/run/slurmctld.pid")"; sleep "${PUM_SLURM_OUTAGE:-3}"
  slurmctld -f "$D/slurm.conf"
}
gone() { ! grep -qsE '^State:[[:space:]]+[^ZX]' "/proc/$1/status"; }   # a zombie counts as gone
down() {
  for p in slurmd slurmctld munged; do
    [ -s "$D/run/$p.pid" ] || continue
    pid=$(cat "$D/run/$p.pid"); kill "$pid" 2>/dev/null || continue
    for _ in $(seq 150); do gone "$pid" && break; sleep 0.1; done
    gone "$pid" || { kill -9 "$pid"; sleep 0.2; }
    rm -f "$D/run/$p.pid"
  done
}
case $cmd in install|up|restart|down) $cmd ;; *) echo "slurm/local.sh: no command $cmd" >&2; exit 2 ;; esac
