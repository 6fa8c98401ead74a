# Boots Redmine with a database of the test's own and, beside it, a door for the
# test to what Redmine's API does not reach: roles, private notes, locked users.
require ENV.fetch('REDMINETEST_ROOT') + '/config/environment'

# The test holds the other end: whatever becomes of it, this process ends too.
Thread.new { STDIN.read; exit!(0) }

Rails.logger.level = Logger::FATAL
# Its one thread turns to the next connection at once; Puma's own way is to wait
# 0.2 seconds for another request on the last one.
Puma::Const.send(:remove_const, :FAST_TRACK_KA_TIMEOUT)
Puma::Const::FAST_TRACK_KA_TIMEOUT = 0
# Nobody gets mail, and no thread that would write some holds the database's lock.
ActiveJob::Base.queue_adapter = :inline
ActiveRecord::ConnectionAdapters::SQLite3Adapter.prepend(Module.new do
  def configure_connection
    super
    @connection.execute('PRAGMA journal_mode=WAL')
    @connection.execute('PRAGMA synchronous=OFF') # what is lost is a test's
  end
end)
ActiveRecord::Base.connection_pool.disconnect!
ActiveRecord::Migration.verbose = false
ActiveRecord::Base.connection.migration_context.migrate
ActiveRecord::Base.descendants.each(&:reset_column_information)
Redmine::DefaultData::Loader.load('en') if Redmine::DefaultData::Loader.no_data?
Setting.rest_api_enabled = '1'
Setting.notified_events = []
User.find_by_login('admin').update!(must_change_passwd: false)

map('/redminetest') do
  run lambda { |env|
    secret = env['HTTP_X_REDMINETEST'].to_s
    next [403, {}, []] unless Rack::Utils.secure_compare(secret, ENV.fetch('REDMINETEST_SECRET'))
    begin
      script = Rack::Request.new(env).body.read.force_encoding('UTF-8')
      result = Rails.application.executor.wrap { User.current = User.find_by_login('admin'); eval(script) }
      [200, { 'Content-Type' => 'application/json' }, [{ 'result' => result }.to_json]]
    rescue Exception => e
      [500, { 'Content-Type' => 'text/plain' }, ["#{e.class}: #{e.message}\n#{e.backtrace.first(6).join("\n")}"]]
    end
  }
end
map('/') { run Rails.application }
