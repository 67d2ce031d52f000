//! How much memory there is for this process: what the system has free, and what a container allows.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes that may still be taken, where the system says so. Linux says it in files; others only to `unsafe` code.
pub fn available() -> Option<u64> {
    available_at(Path::new("/"))
}

/// The same with the system's files under this folder.
fn available_at(root: &Path) -> Option<u64> {
    let free = text(&root.join("proc/meminfo")).and_then(|text| free_memory(&text));
    free.into_iter().chain(left_of_groups(root)).min()
}

fn free_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

/// What the control groups of this process leave it: each group bounds all below it.
fn left_of_groups(root: &Path) -> Vec<u64> {
    let groups = text(&root.join("proc/self/cgroup")).unwrap_or_default();
    let folders = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let mount = match controllers {
            "" => "sys/fs/cgroup",
            _ if controllers.split(',').any(|name| name == "memory") => "sys/fs/cgroup/memory",
            _ => return None,
        };
        Some((root.join(mount), path.trim_start_matches('/').to_owned()))
    });
    folders.flat_map(|(mount, path)| upwards(&mount, &path)).filter_map(|group| left_of(&group)).collect()
}

/// The folder of a group and of all groups around it. Inside a container the path may name groups that are only
/// outside; then the mount itself is the container's.
fn upwards(mount: &Path, path: &str) -> Vec<PathBuf> {
    let inside = mount.join(path);
    inside.ancestors().take_while(|folder| folder.starts_with(mount)).map(Path::to_path_buf).collect()
}

/// The limit of a group less what it uses. Files that the system has only cached are given back when memory is needed.
fn left_of(group: &Path) -> Option<u64> {
    let number = |name: &str| text(&group.join(name))?.trim().parse::<u64>().ok();
    let either = |new: &str, old: &str| number(new).or_else(|| number(old));
    let limit = either("memory.max", "memory.limit_in_bytes")?;
    let used = either("memory.current", "memory.usage_in_bytes").unwrap_or(0);
    let cached = text(&group.join("memory.stat")).map_or(0, |text| cached_files(&text));
    Some(limit.saturating_sub(used.saturating_sub(cached)))
}

fn cached_files(stat: &str) -> u64 {
    let value = |name: &str| stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value("total_inactive_file ").or_else(|| value("inactive_file ")).unwrap_or(0)
}

/// The system's files are short; one that is not is none of them.
fn text(path: &Path) -> Option<String> {
    const LONGEST: u64 = 1 << 20;
    use std::io::Read;
    let mut text = String::new();
    fs::File::open(path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:  24000000 kB\nMemAvailable:   22000 kB\nBuffers: 1 kB\n";

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn available_in(files: &[(&str, &str)]) -> Option<u64> {
        available_at(system(files).path())
    }

    #[test]
    fn free_memory_is_read_where_it_is_told() {
        assert_eq!(free_memory(MEMINFO), Some(22_528_000));
        assert_eq!(free_memory("MemAvailable: much"), None);
        assert_eq!(available_in(&[]), None);
        assert_eq!(available_in(&[("proc/meminfo", MEMINFO)]), Some(22_528_000));
    }

    #[test]
    fn a_container_of_the_second_kind_has_its_limit_less_what_it_uses() {
        let files = [
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "0::/user.slice/one\n"),
            ("sys/fs/cgroup/user.slice/one/memory.max", "max\n"),
            ("sys/fs/cgroup/user.slice/memory.max", "1000000\n"),
            ("sys/fs/cgroup/user.slice/memory.current", "700000\n"),
            ("sys/fs/cgroup/user.slice/memory.stat", "anon 9\ninactive_file 200000\n"),
        ];
        assert_eq!(available_in(&files), Some(500_000));
    }

    #[test]
    fn a_container_that_sees_only_itself_is_bounded_by_the_root() {
        let files = [
            ("proc/self/cgroup", "0::/docker/0123\n"),
            ("sys/fs/cgroup/memory.max", "1000\n"),
            ("sys/fs/cgroup/memory.current", "2000\n"),
        ];
        assert_eq!(available_in(&files), Some(0), "more is used than allowed");
    }

    #[test]
    fn a_container_of_the_first_kind_has_its_limit_too() {
        let files = [
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "11:cpu,memory:/docker/0123\n3:pids:/docker/0123\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "4000\n"),
            ("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 500\n"),
        ];
        assert_eq!(available_in(&files), Some(1500));
    }
}
