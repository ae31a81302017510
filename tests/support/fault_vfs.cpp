#include "support/fault_vfs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "os/fd.h"

namespace stream_status::testing {
namespace {

/// What SQLite holds of an open file; the usual VFS's own part lies behind it.
struct FaultFile {
  sqlite3_file base;
  FaultVfs* faults;
  std::string* path;  ///< empty: a temporary file
  sqlite3_file* usual() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultFile& own(sqlite3_file* file) { return *reinterpret_cast<FaultFile*>(file); }
sqlite3_file* usual(sqlite3_file* file) { return own(file).usual(); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *usual(file)->pMethods; }

int close_file(sqlite3_file* file) {
  const int result = methods(file).xClose(usual(file));
  delete own(file).path;
  return result;
}

int read_file(sqlite3_file* file, void* buffer, int count, sqlite3_int64 offset) {
  const auto verdict = own(file).faults->ask(DiskOperation::kRead);
  return verdict.code != SQLITE_OK ? verdict.code : methods(file).xRead(usual(file), buffer, count, offset);
}

/// What a write or a truncation from `offset` on will change.
void remember(sqlite3_file* file, sqlite3_int64 offset, sqlite3_int64 count) {
  FaultVfs::Undo undo{offset, "", 0};
  sqlite3_int64 size = 0;
  methods(file).xFileSize(usual(file), &size);
  undo.size = size;
  const sqlite3_int64 there = std::clamp<sqlite3_int64>(size - offset, 0, count);
  undo.bytes.resize(static_cast<std::size_t>(there));
  if (there > 0) methods(file).xRead(usual(file), undo.bytes.data(), static_cast<int>(there), offset);
  own(file).faults->remember(*own(file).path, std::move(undo));
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  const auto verdict = own(file).faults->ask(DiskOperation::kWrite);
  if (verdict.code == SQLITE_OK || verdict.half) remember(file, offset, count);
  if (verdict.half) methods(file).xWrite(usual(file), bytes, count / 2, offset);
  return verdict.code != SQLITE_OK ? verdict.code : methods(file).xWrite(usual(file), bytes, count, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const auto verdict = own(file).faults->ask(DiskOperation::kTruncate);
  if (verdict.code != SQLITE_OK) return verdict.code;
  sqlite3_int64 before = 0;
  methods(file).xFileSize(usual(file), &before);
  remember(file, size, std::max<sqlite3_int64>(before - size, 0));
  return methods(file).xTruncate(usual(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
  const auto verdict = own(file).faults->ask(DiskOperation::kSync);
  if (verdict.code != SQLITE_OK) return verdict.code;
  // What a sync is worth is modelled here: the real one would only take time.
  (void)flags;
  own(file).faults->synced(*own(file).path);
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return methods(file).xFileSize(usual(file), size); }
int lock_file(sqlite3_file* file, int level) { return methods(file).xLock(usual(file), level); }
int unlock_file(sqlite3_file* file, int level) { return methods(file).xUnlock(usual(file), level); }
int check_lock(sqlite3_file* file, int* held) { return methods(file).xCheckReservedLock(usual(file), held); }
int control(sqlite3_file* file, int operation, void* argument) {
  return methods(file).xFileControl(usual(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return methods(file).xSectorSize(usual(file)); }
int traits(sqlite3_file* file) { return methods(file).xDeviceCharacteristics(usual(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
  return methods(file).xShmMap(usual(file), page, size, extend, at);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return methods(file).xShmLock(usual(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { methods(file).xShmBarrier(usual(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return methods(file).xShmUnmap(usual(file), remove); }

const sqlite3_io_methods kMethods = {2,           close_file,  read_file, write_file,  truncate_file,
                                     sync_file,   file_size,   lock_file, unlock_file, check_lock,
                                     control,     sector_size, traits,    shm_map,     shm_lock,
                                     shm_barrier, shm_unmap,   nullptr,   nullptr};

struct Context {
  FaultVfs* faults;
  sqlite3_vfs* usual;
};
Context& context(sqlite3_vfs* vfs) { return *static_cast<Context*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  FaultFile& mine = own(file);
  mine.faults = context(vfs).faults;
  if (const auto verdict = mine.faults->ask(DiskOperation::kOpen); verdict.code != SQLITE_OK) return verdict.code;
  mine.usual()->pMethods = nullptr;
  const int result = context(vfs).usual->xOpen(context(vfs).usual, name, mine.usual(), flags, out_flags);
  if (mine.usual()->pMethods == nullptr) return result;
  mine.path = new std::string(name == nullptr ? "" : name);
  mine.base.pMethods = &kMethods;
  return result;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync) {
  if (context(vfs).faults->is_without_power()) return SQLITE_IOERR_DELETE;
  return context(vfs).usual->xDelete(context(vfs).usual, name, sync);
}

}  // namespace

FaultVfs::FaultVfs() : usual_(sqlite3_vfs_find(nullptr)), vfs_(*usual_) {
  vfs_.pNext = nullptr;
  vfs_.zName = "faults";
  vfs_.szOsFile = static_cast<int>(sizeof(FaultFile)) + usual_->szOsFile;
  vfs_.pAppData = new Context{this, usual_};
  vfs_.xOpen = open_file;
  vfs_.xDelete = delete_file;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(usual_, 1);
  delete static_cast<Context*>(vfs_.pAppData);
}

void FaultVfs::arm(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  seen_ = 0;
  fired_ = false;
}

bool FaultVfs::disarm() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
  return fired_;
}

FaultVfs::Verdict FaultVfs::ask(DiskOperation operation) {
  const std::lock_guard lock(mutex_);
  if (!fault_) return {};
  const bool is_kind = operation == fault_->operation;
  if (fired_ && fault_->length == Fault::Length::kPowerLoss)
    return {operation == DiskOperation::kRead || operation == DiskOperation::kOpen ? SQLITE_OK : SQLITE_IOERR, false};
  if (!is_kind) return {};
  ++seen_;
  const bool fails = fault_->length == Fault::Length::kUntilDisarm ? seen_ >= fault_->nth : seen_ == fault_->nth;
  if (!fails) return {};
  fired_ = true;
  return {fault_->code, fault_->part == Fault::Part::kHalf};
}

bool FaultVfs::is_without_power() {
  const std::lock_guard lock(mutex_);
  return fault_ && fired_ && fault_->length == Fault::Length::kPowerLoss;
}

void FaultVfs::remember(const std::string& path, Undo undo) {
  const std::lock_guard lock(mutex_);
  if (!path.empty()) unsynced_[path].push_back(std::move(undo));
}

void FaultVfs::synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  unsynced_.erase(path);
}

void FaultVfs::drop_unsynced() {
  const std::lock_guard lock(mutex_);
  for (auto& [path, undos] : unsynced_) {
    const os::Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file) continue;
    for (auto undo = undos.rbegin(); undo != undos.rend(); ++undo) {
      if (::pwrite(file.get(), undo->bytes.data(), undo->bytes.size(), undo->offset) < 0) continue;
      if (::ftruncate(file.get(), undo->size) != 0) continue;
    }
  }
  unsynced_.clear();
}

}  // namespace stream_status::testing
