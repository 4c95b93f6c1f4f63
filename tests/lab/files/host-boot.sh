#!/bin/sh
# The first process of a host's namespaces: puts its file systems together and becomes its init.
# LAB_NAME, LAB_DIR (upper, work, root, disks) and LAB_LOWER (layers below, topmost first) come from tests/lab/machine.py.
set -eu
hostname "$LAB_NAME"
# redirect_dir: a directory of a lower layer is renamed as on any disk, and not copied (mv would, on EXDEV).
mount -t overlay overlay -o "redirect_dir=on,lowerdir=$LAB_LOWER,upperdir=$LAB_DIR/upper,workdir=$LAB_DIR/work" "$LAB_DIR/root"
cd "$LAB_DIR/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/sshd run/lock run/postgresql
chmod 1777 run/lock
# All hosts run on one kernel; each boot still has an identity of its own, as on real machines.
cp proc/sys/kernel/random/uuid run/boot_id
mount --bind run/boot_id proc/sys/kernel/random/boot_id
while read -r source target mode; do
    mkdir -p ".$target"
    mount --bind "$source" ".$target"
    [ "$mode" = rw ] || mount -o "remount,bind,$mode" ".$target"
done <"$LAB_DIR/disks"
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot . /usr/bin/tini -s -- /usr/local/sbin/lab-init
